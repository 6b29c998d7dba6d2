"""npm `openid-client` and `oauth4webapi`, unmodified: dynamic registration, then the device flow, with a person at the pages."""

import json

import pytest

from demo.browser import Browser
from idp.clients.metadata import DEVICE_GRANT
from tests.clients.programs import Program, needs_npm, running
from tests.journeys import arrange
from tests.running import RunningServer
from tests.spec import spec

pytestmark = needs_npm


@spec("RFC 7591", "3")
@spec("RFC 8628", "3.1")
@spec("RFC 8628", "3.4")
@pytest.mark.parametrize("script", ["device_openid_client.mjs", "device_oauth4webapi.mjs"])
def test_it_registers_itself_and_signs_in_on_a_device(server: RunningServer, script: str) -> None:
    with running(script) as program:
        _register_and_sign_in(server, program)


def _register_and_sign_in(server: RunningServer, program: Program) -> None:
    who, browser = arrange.employee(server), Browser()
    made = json.loads(server.idp("registration-token", "create", "--policy", "government", "--government", "12.71", "--json"))
    metadata = {
        "client_name": "Kios Layanan", "grant_types": [DEVICE_GRANT, "refresh_token"], "response_types": [],
        "scope": "openid profile asn offline_access", "token_endpoint_auth_method": "client_secret_post",
    }  # fmt: skip
    program.say({"issuer": server.base, "initialAccessToken": made["initial_access_token"], "metadata": metadata})

    waiting = program.hear()
    browser.open(waiting["scan"])
    arrange.sign_in(browser, who)
    assert waiting["userCode"] in browser.page.markup, browser.lost("the scanned code is not filled in")
    browser.submit({"user_code": waiting["userCode"]}, button="device-continue")
    assert "Kios Layanan" in browser.page.markup
    assert who.number in browser.page.markup  # what it will receive, in words
    browser.submit({}, button="device-allow")
    assert "device-done" in browser.page.markup, browser.lost("not allowed")

    again = program.hear()
    browser.open(again["page"])
    browser.submit({"user_code": again["userCode"]}, button="device-continue")
    browser.submit({}, button="device-deny")
    found = program.hear()

    assert found["registered"]["client_id"] == waiting["clientId"]
    assert found["registered"]["grant_types"] == sorted([DEVICE_GRANT, "refresh_token"])
    assert found["userinfo"]["nip"] == who.number
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert found["claims"]["acr"] == "urn:sumut:acr:2"
    assert found["refreshed"]
    assert found["declined"] == "access_denied"
