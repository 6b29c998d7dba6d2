"""Signing in and out with the provider, on Authlib's client library: everything OpenID Connect that a browser sees."""

import hmac
import secrets
from typing import Any, cast

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from demo.relying_party.backchannel import BadLogoutToken, verify
from demo.relying_party.visits import Visit, Visits

bp = Blueprint("sign_in", __name__)


class RelyingParty:
    """One registered application: its Authlib client and who is signed in. A public application has no secret."""

    def __init__(self, oauth: OAuth, *, issuer: str, client_id: str, client_secret: str | None, scope: str) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.client_secret = client_secret
        self.auth_method = "client_secret_basic" if client_secret else "none"
        self.visits = Visits()
        self.client = oauth.register(
            "sso",
            client_id=client_id,
            client_secret=client_secret,
            # Endpoints, keys and algorithms are all read from here; nothing else about the provider is configured.
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": scope, "code_challenge_method": "S256", "token_endpoint_auth_method": self.auth_method, "timeout": 10},
        )

    def metadata(self) -> dict[str, Any]:
        """The provider's metadata (OIDC Discovery 1.0 section 3), fetched once."""
        return cast(dict[str, Any], self.client.load_server_metadata())

    def refresh(self, visit: Visit) -> None:
        """Trade the refresh token for a new access token (RFC 6749 section 6); raises OAuthError when it is refused."""
        with OAuth2Session(self.client_id, self.client_secret, token_endpoint_auth_method=self.auth_method, default_timeout=10) as http:
            token = http.refresh_token(self.metadata()["token_endpoint"], refresh_token=visit.token["refresh_token"])
        self.visits.renew(visit, token, dict(self.client.userinfo(token=token)))


def party() -> RelyingParty:
    """The relying party of the running application."""
    return cast(RelyingParty, current_app.extensions["relying_party"])


def current_visit() -> Visit | None:
    """Who is signed in with this browser."""
    return party().visits.find(session.get("visit"))


def form_visit() -> Visit:
    """The visit of a submitted form; refuses a form that did not come from our own page (403).

    A visit that ended meanwhile, by the provider's word perhaps, leads to the entrance, which says so.
    """
    visit = current_visit()
    if visit is None:
        abort(redirect("/", 303))
    if not hmac.compare_digest(request.form.get("csrf", ""), visit.csrf):
        abort(403)
    return visit


@bp.get("/login")
def login() -> Response:
    """Send the browser to the provider; Authlib makes state, nonce and the PKCE verifier and keeps them in the session."""
    return cast(Response, party().client.authorize_redirect(url_for(".callback", _external=True)))


@bp.get("/callback")
def callback() -> Response | tuple[str, int]:
    """Back from the provider: trade the code for tokens, verify the ID token, ask who it is, start the visit."""
    try:
        if request.args.get("iss", party().issuer) != party().issuer:
            raise OAuthError("mix_up", "the answer comes from another provider (RFC 9207)")
        token = party().client.authorize_access_token()
        profile = dict(party().client.userinfo(token=token))
    except (OAuthError, JoseError, RequestException) as error:
        code = error.error if isinstance(error, OAuthError) else "sign_in_failed"
        return render_template("app/refused.html", code=code, description=getattr(error, "description", None)), 400
    if profile.get("sub") != token["userinfo"]["sub"]:  # OIDC Core section 5.3.2
        abort(400)
    session.clear()
    session["visit"] = party().visits.start(dict(token), dict(token["userinfo"]), profile).key
    return redirect(url_for("pages.home"))


@bp.post("/token/refresh")
def refresh() -> Response | tuple[str, int]:
    """Fetch a new access token and the profile as it is now."""
    visit = form_visit()
    try:
        party().refresh(visit)
    except OAuthError as error:
        party().visits.end(visit.key)
        return render_template("app/refused.html", code=error.error, description=error.description), 400
    return redirect(url_for("pages.token"))


@bp.post("/logout")
def logout() -> Response:
    """Sign out here, then at the provider, which tells every other application (OIDC RP-Initiated Logout 1.0)."""
    visit = form_visit()
    party().visits.end(visit.key)
    session.clear()
    return cast(
        Response,
        party().client.logout_redirect(
            post_logout_redirect_uri=url_for(".signed_out", _external=True),
            id_token_hint=visit.token["id_token"],
            client_id=party().client_id,
            state=secrets.token_urlsafe(16),
        ),
    )


@bp.get("/signed-out")
def signed_out() -> str | Response:
    """Back from the provider after signing out; the state shows that we asked for it."""
    try:
        party().client.validate_logout_response()
    except OAuthError:
        return redirect(url_for("pages.home"))
    return render_template("app/signed_out.html")


@bp.post("/backchannel-logout")
def backchannel_logout() -> tuple[dict[str, str], int, dict[str, str]]:
    """The provider tells us that a session has ended (OIDC Back-Channel Logout 1.0 sections 2.5 to 2.8)."""
    no_store = {"Cache-Control": "no-store"}
    try:
        claims = verify(request.form.get("logout_token", ""), party().client.fetch_jwk_set(force=True), party().issuer, party().client_id)
        if not party().visits.first_use(claims["jti"]):
            raise BadLogoutToken("this logout token was used before")
    except BadLogoutToken as problem:
        return {"error": "invalid_request", "error_description": str(problem)}, 400, no_store
    party().visits.end_by_provider(session=claims.get("sid"), subject=claims.get("sub"))
    return {}, 200, no_store
