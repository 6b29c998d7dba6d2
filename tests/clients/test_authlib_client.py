"""Authlib's client library (OAuth2Session), unmodified: sign in, refresh, introspect, revoke, sign out."""

import secrets
from typing import Any

import pytest
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from demo.browser import Browser
from tests.journeys import arrange
from tests.running import RunningServer

CALLBACK = "http://localhost:1/callback"
SIGNED_OUT = "http://localhost:1/signed-out"


def _client(server: RunningServer, method: str) -> OAuth2Session:
    client_id = f"authlib-{secrets.token_hex(4)}"
    registered: dict[str, Any] = {"auth_method": method, "post_logout_redirect_uris": (SIGNED_OUT,)}
    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)
    if method == "private_key_jwt":
        registered["jwks"] = {"keys": [key.as_dict(private=False)]}
    secret = arrange.application(server, client_id, CALLBACK, **registered)
    session = OAuth2Session(
        client_id, key.as_pem(private=True).decode() if method == "private_key_jwt" else secret, redirect_uri=CALLBACK,
        scope="openid profile asn", code_challenge_method="S256", token_endpoint_auth_method=method, revocation_endpoint_auth_method=method,
    )  # fmt: skip
    if method == "private_key_jwt":
        session.register_client_auth_method(PrivateKeyJWT(f"{server.base}/token", headers={"kid": "one"}))
    return session


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"])
def test_a_whole_life_of_a_sign_in(server: RunningServer, method: str) -> None:
    who, browser = arrange.employee(server), Browser(stop_at="http://localhost:1/")
    with _client(server, method) as session:
        metadata = session.get(f"{server.base}/.well-known/openid-configuration", withhold_token=True).json()
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        url, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
        browser.open(url)
        arrange.sign_in(browser, who)
        answer = {"authorization_response": browser.page.url, "state": state, "code_verifier": verifier}
        token = session.fetch_token(metadata["token_endpoint"], **answer)

        keys = KeySet.import_key_set(session.get(metadata["jwks_uri"], withhold_token=True).json())
        id_token = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
        assert (id_token.claims["nonce"], id_token.claims["aud"]) == (nonce, session.client_id)
        assert session.get(metadata["userinfo_endpoint"]).json()["nip"] == who.number

        refreshed = session.refresh_token(metadata["token_endpoint"])
        assert refreshed["access_token"] != token["access_token"]
        assert (refreshed.get("refresh_token", token["refresh_token"]) != token["refresh_token"]) == (method == "none")
        assert session.get(metadata["userinfo_endpoint"]).json()["sub"] == id_token.claims["sub"]
        if method != "none":
            assert session.introspect_token(metadata["introspection_endpoint"], token=refreshed["access_token"]).json()["active"] is True

        live = session.token["refresh_token"]
        assert session.revoke_token(metadata["revocation_endpoint"], token=live, token_type_hint="refresh_token").status_code == 200
        with pytest.raises(OAuthError) as refused:
            session.refresh_token(metadata["token_endpoint"], refresh_token=live)
        assert refused.value.error == "invalid_grant"

        hint = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": SIGNED_OUT, "state": "back"}
        browser.open(add_params_to_uri(metadata["end_session_endpoint"], hint))
        arrange.sign_out(browser)
        assert browser.page.url == f"{SIGNED_OUT}?state=back"
