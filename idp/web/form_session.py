"""Flask's signed cookie, for form tokens and flashed notices only; machine endpoints have none.

Who is signed in never stands in it: that is the server's own record (`idp.authn.sessions`).
"""

from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

_MACHINES = frozenset(
    {"/token", "/userinfo", "/introspect", "/revoke", "/device_authorization", "/register", "/jwks", "/healthz", "/readyz", "/metrics"}
)


def shows_no_form(path: str) -> bool:
    """True for the addresses of machines: no page of ours, an error included, may be rendered there."""
    return path in _MACHINES or path.startswith(("/static/", "/.well-known/", "/register/"))


class FormSessions(SecureCookieSessionInterface):
    """The usual interface; requests that show no form skip it."""

    def __init__(self) -> None:
        self._serializer: Any = None

    def get_signing_serializer(self, app: Flask) -> Any:
        """Made once: the application's key does not change while the process lives."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None on a machine endpoint: nothing is verified, nothing can be stored, no cookie is set."""
        if shows_no_form(request.path):
            return None
        return super().open_session(app, request)
