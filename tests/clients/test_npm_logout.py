"""npm `openid-client` and `oauth4webapi`, unmodified: an application hears by back channel that the person signed out elsewhere."""

import secrets

import pytest

from demo.browser import Browser
from tests.clients.programs import CALLBACK, needs_npm, running
from tests.journeys import arrange
from tests.running import RunningServer
from tests.spec import spec

pytestmark = needs_npm


@spec("OIDC Back-Channel Logout", "2.4")
@spec("OIDC Back-Channel Logout", "2.6")
@pytest.mark.parametrize("script", ["logout_openid_client.mjs", "logout_oauth4webapi.mjs"])
def test_a_logout_token_is_received_and_validated(server: RunningServer, script: str) -> None:
    who, client_id = arrange.employee(server), f"logout-{secrets.token_hex(4)}"
    browser = Browser(stop_at="http://localhost:1/")
    with running(script) as program:
        secret = arrange.application(server, client_id, CALLBACK, backchannel_logout_uri=program.hear()["logoutUri"])
        program.say({"issuer": server.base, "clientId": client_id, "secret": secret, "redirectUri": CALLBACK})
        browser.open(program.hear()["open"])
        arrange.sign_in(browser, who)
        program.say({"at": browser.page.url})
        assert program.hear()["supported"] == [True, True]
        browser.open(f"{server.base}/logout")
        arrange.sign_out(browser)
        with server.worker():
            found = program.hear()
    assert found["told"] == {"method": "POST", "type": "application/x-www-form-urlencoded"}
    assert found["claims"]["sid"] == found["signedIn"]["sid"]
    assert found["claims"]["sub"] == found["signedIn"]["sub"]
    assert found["refused"] == {
        "idToken": "ERR_JWT_CLAIM_VALIDATION_FAILED", "changed": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        "replayed": "replayed", "foreign": "ERR_JWT_CLAIM_VALIDATION_FAILED",
    }  # fmt: skip
    assert found["afterwards"] == "invalid_grant"
