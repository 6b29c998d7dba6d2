"""Assembling one application: pages of its business, and the relying party that signs its users in."""

import secrets
from datetime import UTC, datetime
from typing import Any

from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, current_app, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from demo.relying_party import sign_in
from demo.relying_party.showcase import Showcase
from demo.relying_party.sign_in import RelyingParty, current_visit, party

SCOPE = "openid profile email asn"
pages = Blueprint("pages", __name__)


def create_app(showcase: Showcase, *, issuer: str, client_id: str, client_secret: str | None) -> Flask:
    """The application; with a secret it is a confidential client, without one a public client (RFC 6749 section 2.1)."""
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config["SECRET_KEY"] = secrets.token_bytes(32)
    # All of localhost shares one cookie jar, whatever the port: each application needs a name of its own.
    app.config.update(SESSION_COOKIE_NAME=f"{showcase.slug}_session", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
    app.extensions["relying_party"] = RelyingParty(OAuth(app), issuer=issuer, client_id=client_id, client_secret=client_secret, scope=SCOPE)
    app.extensions["showcase"] = showcase
    app.jinja_env.filters["moment"] = moment
    app.context_processor(lambda: {"app": showcase, "visit": current_visit(), "issuer": issuer})
    app.register_blueprint(pages)
    app.register_blueprint(sign_in.bp)
    app.after_request(_headers)
    return app


@pages.get("/")
def home() -> str:
    """The entrance for strangers, the desk for people who are signed in."""
    if current_visit() is not None:
        return render_template("app/desk.html")
    told = party().visits.was_ended_by_provider(session.get("visit"))
    return render_template("app/entrance.html", told=told)


@pages.get("/claims")
def claims() -> str | Response:
    """What the provider said about this person: the ID token and the userinfo answer, claim by claim."""
    return render_template("app/claims.html") if current_visit() else redirect(url_for("sign_in.login"))


@pages.get("/token")
def token() -> str | Response:
    """The tokens in hand: how long they live, and the button that renews them. Their values are never shown."""
    visit = current_visit()
    if visit is None:
        return redirect(url_for("sign_in.login"))
    return render_template("app/token.html", auth_method=current_app.extensions["relying_party"].auth_method)


def moment(value: Any) -> str:
    """A NumericDate for people; other values as they are."""
    return datetime.fromtimestamp(value, UTC).strftime("%d-%m-%Y %H.%M.%S UTC") if isinstance(value, int | float) else str(value)


def _headers(response: Any) -> Any:
    policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if "visit" in session:
        response.headers["Cache-Control"] = "no-store"
    return response
