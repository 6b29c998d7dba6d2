"""Forms answer only to our own pages (ASVS 3.5.1): a token bound to the browser, and Origin where the browser says it."""

from flask import Flask, current_app, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

_protect = CSRFProtect()
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def register(app: Flask, *, issuer: str) -> None:
    """Check every unsafe request but those of machine endpoints, which read no cookie (`guards.client_endpoint`)."""
    _protect.init_app(app)
    app.config["IDP_ISSUER"] = issuer

    @app.before_request
    def _check() -> None:
        if request.method in _SAFE or request.endpoint is None:
            return
        view = current_app.view_functions.get(request.endpoint)
        if view is None or getattr(view, "__csrf_exempt__", False):
            return
        check_form()


def check_form() -> None:
    """Refuse (CSRFError) a form that did not come from our own page of this browser."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != current_app.config["IDP_ISSUER"]:
        raise CSRFError("the form came from another origin")
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise CSRFError("the form came from another site")
    _protect.protect()
