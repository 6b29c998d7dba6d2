"""npm `openid-client` (a certified relying party), unmodified: sign in, refresh, introspect, revoke, sign out."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc.jwk import ECKey

from demo.browser import Browser
from tests.clients.programs import CALLBACK, Program, needs_npm
from tests.journeys import arrange
from tests.running import RunningServer

pytestmark = needs_npm
SIGNED_OUT = "http://localhost:1/signed-out"


@pytest.fixture
def program() -> Iterator[Program]:
    started = Program("openid_client.mjs")
    yield started
    started.close()


def _registration(method: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what is registered, what the program is told) for one authentication method."""
    if method != "private_key_jwt":
        return {"auth_method": method}, {}
    key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig", "alg": "ES256"}, private=True)
    public = key.as_dict(private=False)
    told = {"privateKey": key.as_pem(private=True).decode(), "alg": "ES256", "kid": key.kid}
    return {"auth_method": method, "jwks": {"keys": [public]}}, told


CASES = [
    pytest.param("client_secret_basic", "query", "RS256", id="basic"),
    pytest.param("client_secret_post", "form_post", "RS256", id="post, form_post"),
    pytest.param("private_key_jwt", "query", "ES256", id="private key, ES256"),
    pytest.param("none", "query", "RS256", id="public"),
]


@pytest.mark.parametrize(("method", "response_mode", "alg"), CASES)
def test_a_whole_life_of_a_sign_in(server: RunningServer, program: Program, method: str, response_mode: str, alg: str) -> None:
    who = arrange.employee(server)
    registered, told = _registration(method)
    client_id = f"node-{secrets.token_hex(4)}"
    secret = arrange.application(server, client_id, CALLBACK, post_logout_redirect_uris=(SIGNED_OUT,), id_token_alg=alg, **registered)
    more = {"response_mode": response_mode, "acr_values": "urn:sumut:acr:2", "claims": '{"id_token":{"name":null}}'}
    plan = {
        "issuer": server.base, "clientId": client_id, "secret": secret, "method": method, "redirectUri": CALLBACK, "idTokenAlg": alg,
        "postLogoutRedirectUri": SIGNED_OUT, "scope": "openid profile email asn", "authorization": more, **told,
    }  # fmt: skip
    program.say(plan)
    browser = Browser(stop_at="http://localhost:1/")

    browser.open(program.hear()["open"])
    arrange.sign_in(browser, who)
    program.say(_landed(browser))
    browser.open(program.hear()["open"])  # prompt=none with the live session
    program.say(_landed(browser))
    browser.open(program.hear()["signOut"])
    arrange.sign_out(browser)
    assert browser.page.url.startswith(SIGNED_OUT)
    program.say(_landed(browser))
    browser.open(program.hear()["open"])  # prompt=none after signing out
    program.say(_landed(browser))
    found = program.hear()

    assert found["userinfo"]["nip"] == who.number
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert who.number not in json.dumps(found["claims"])
    assert found["claims"]["acr"] == "urn:sumut:acr:2"
    assert found["claims"]["name"] == who.name  # asked for by the claims parameter
    assert found["claims"]["sid"] == found["secondClaims"]["sid"]
    assert found["claims"]["auth_time"] == found["secondClaims"]["auth_time"]
    assert found["tokenType"] == "bearer"
    assert found["expiresIn"] <= 300
    assert found["refreshedAccessTokenDiffers"]
    assert found["rotated"] == (method == "none")
    assert found["replayed"] == "invalid_grant"
    assert found["afterRevocation"] == "invalid_grant"
    assert found["afterSignOut"] == "login_required"
    assert found["stateReturned"]
    if method != "none":
        assert found["introspected"]["active"] is True
        assert found["introspected"]["client_id"] == client_id


def _landed(browser: Browser) -> dict[str, Any]:
    """Where the browser ended; for form_post, the form that a script (or the person) would send on."""
    if browser.page.status == 0:
        return {"at": browser.page.url}
    form = next((one for one in browser.page.forms if one.attributes.get("action") == CALLBACK), None)
    if form is None:
        raise browser.lost("neither redirected to the application nor a form for it")
    return {"at": CALLBACK, "form": form.fields}
