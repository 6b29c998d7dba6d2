"""Forms answer only to our own pages (ASVS 3.5.1): a token bound to the browser, and Origin where the browser says it.

The token is the signed double submit of the field: its moment, and an HMAC of it and of the cookie that marks this browser
(`edge.browser`). Nothing is kept for it, on the server or in a second cookie.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFError

from idp.kernel.randomness import same
from idp.web.edge import browser, deps

FIELD = "csrf_token"
LIFE_SECONDS = 12 * 3600
_HEADER = "X-CSRFToken"  # of the one script, whose request has no body
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def register(app: Flask, *, issuer: str, secret_key: str) -> None:
    """Check every unsafe request but those of machine endpoints, which read no cookie (`guards.client_endpoint`)."""
    app.config["IDP_ISSUER"] = issuer
    app.extensions["idp_form_key"] = hashlib.sha256(b"form token\0" + secret_key.encode()).digest()
    app.jinja_env.globals[FIELD] = token

    @app.before_request
    def _check() -> None:
        if request.method in _SAFE or request.endpoint is None:
            return
        view = current_app.view_functions.get(request.endpoint)
        if view is None or getattr(view, "__csrf_exempt__", False):
            return
        check_form()


def token() -> str:
    """What a form of this answer carries, in the field `FIELD`; the same for all of its forms."""
    kept = g._get_current_object()
    if "form_token" not in kept:
        moment = format(int(deps().clock.now().timestamp()), "x")
        kept.form_token = f"{moment}.{_proof(moment)}"
    made: str = kept.form_token
    return made


def check_form() -> None:
    """Refuse (CSRFError) a form that did not come from our own page of this browser, or came too late."""
    asked = request._get_current_object()  # type: ignore[attr-defined]
    origin = asked.headers.get("Origin")
    if origin is not None and origin != current_app.config["IDP_ISSUER"]:
        raise CSRFError("the form came from another origin")
    if asked.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise CSRFError("the form came from another site")
    moment, _, proof = (asked.form.get(FIELD) or asked.headers.get(_HEADER, "")).partition(".")
    if not (proof.isascii() and same(proof, _proof(moment))):
        raise CSRFError("the form is not of this browser")
    if deps().clock.now().timestamp() - int(moment, 16) > LIFE_SECONDS:  # ours, so it is a number
        raise CSRFError("the form is too old")


def _proof(moment: str) -> str:
    key: bytes = current_app.extensions["idp_form_key"]
    return urlsafe_b64encode(hmac.digest(key, f"{moment}.{browser()}".encode(), "sha256")).rstrip(b"=").decode()
