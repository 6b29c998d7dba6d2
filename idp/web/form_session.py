"""Flask's signed cookie, for form tokens and flashed notices only; machine endpoints have none.

Who is signed in never stands in it: that is the server's own record (`idp.authn.sessions`).
"""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from idp.kernel.lazily import lazily

_MACHINES = frozenset(
    {
        "/token", "/userinfo", "/introspect", "/revoke", "/par", "/device_authorization", "/register", "/jwks", "/healthz", "/readyz",
        "/metrics",
    }
)  # fmt: skip


def shows_no_form(path: str) -> bool:
    """True for the addresses of machines: no page of ours, an error included, may be rendered there."""
    return path in _MACHINES or path.startswith(("/static/", "/.well-known/", "/register/"))


class FormSession(SessionMixin):
    """The cookie's content, verified when a view first looks at it: most answers of a sign-on never do."""

    def __init__(self, load: Callable[[], SecureCookieSession]) -> None:
        self._load = load

    @lazily
    def loaded(self) -> SecureCookieSession:
        """The usual session of Flask."""
        return self._load()

    @property
    def touched(self) -> bool:
        """Whether anybody looked."""
        return "loaded" in self.__dict__

    def __getitem__(self, key: str) -> Any:
        return self.loaded[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.loaded[key] = value

    def __delitem__(self, key: str) -> None:
        del self.loaded[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.loaded)

    def __len__(self) -> int:
        return len(self.loaded)


class FormSessions(SecureCookieSessionInterface):
    """The usual interface; requests that show no form skip it."""

    def __init__(self) -> None:
        self._serializer: Any = None

    def get_signing_serializer(self, app: Flask) -> Any:
        """Made once: the application's key does not change while the process lives."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> FormSession | None:  # type: ignore[override]
        """None on a machine endpoint: nothing is verified, nothing can be stored, no cookie is set."""
        if shows_no_form(request.path):
            return None
        return FormSession(lambda: super(FormSessions, self).open_session(app, request) or SecureCookieSession())

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie where somebody changed it."""
        if isinstance(session, FormSession) and session.touched:
            super().save_session(app, session.loaded, response)
