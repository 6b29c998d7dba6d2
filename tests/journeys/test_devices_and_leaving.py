"""In a real browser without JavaScript: answering for a device, and a sign-out page that frames an application's own."""

import secrets
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, expect

from idp.clients.metadata import DEVICE_GRANT, NewClient
from idp.kernel.actor import OPERATOR
from tests.journeys import arrange
from tests.journeys.pages import press, sign_in
from tests.rp import HttpWire, RelyingParty, payload
from tests.running import RunningServer
from tests.spec import spec

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@spec("RFC 8628", "3.3")
def test_a_person_answers_for_a_device(server: RunningServer, context: BrowserContext) -> None:
    who, page, client_id = arrange.employee(server), context.new_page(), f"kios-{secrets.token_hex(3)}"
    new = NewClient(client_id, name="Kios Layanan", auth_method="none", grants=(DEVICE_GRANT,), scopes=("openid", "profile"), min_acr="2")
    with server.services() as services:
        services.registry.create(OPERATOR, new)
    kiosk = RelyingParty(HttpWire(server.base), HttpWire(server.base), client_id, "", None, "none")
    given = kiosk.call("/device_authorization", {"scope": "openid profile"}).json

    page.goto(given["verification_uri_complete"])
    sign_in(page, who)
    expect(page.locator("input[name=user_code]")).to_have_value(given["user_code"])
    expect(page.locator("body")).to_contain_text("mendiktekan")
    page.fill("input[name=user_code]", "salah")
    press(page, "#device-continue")
    expect(page.locator("#problem")).to_be_visible()
    page.fill("input[name=user_code]", given["user_code"].replace("-", "").lower())
    press(page, "#device-continue")
    expect(page.locator("body")).to_contain_text("Kios Layanan")
    expect(page.locator("#shared-data")).to_contain_text(who.name)
    confirmation = page.url
    press(page, "#device-allow")
    expect(page.locator("#device-done")).to_be_visible()
    tokens = kiosk.token(grant_type=DEVICE_GRANT, device_code=given["device_code"]).json
    assert payload(tokens["id_token"])["acr"] == "urn:sumut:acr:2"
    # Going back and pressing again leads to a page that explains, not to an error without a word.
    page.goto(confirmation)
    expect(page.locator("body")).to_contain_text("tidak berlaku lagi")


@spec("OIDC Front-Channel Logout", "2")
def test_the_applications_page_is_loaded_and_the_browser_goes_on(
    server: RunningServer, context: BrowserContext, application: ThreadingHTTPServer
) -> None:
    who, page, client_id = arrange.employee(server), context.new_page(), f"front-{secrets.token_hex(3)}"
    base = f"http://localhost:{application.server_port}"
    secret = arrange.application(
        server, client_id, f"{base}/cb", post_logout_redirect_uris=(f"{base}/out",), frontchannel_logout_uri=f"{base}/fc"
    )
    rp = RelyingParty(HttpWire(server.base), HttpWire(server.base), client_id, f"{base}/cb", secret)
    page.goto(f"{server.base}/authorize?{rp.request()}")
    sign_in(page, who)
    page.wait_for_url(f"{base}/cb?*")
    tokens = rp.redeem(parse_qs(urlsplit(page.url).query)["code"][0]).json

    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{server.base}/logout?id_token_hint={tokens['id_token']}&post_logout_redirect_uri={base}/out&state=s")
    expect(page.locator("#logout-done")).to_be_visible()
    page.wait_for_url(f"{base}/out?state=s")  # by itself: no script, no click
    framed = [urlsplit(path) for path in application.seen if path.startswith("/fc")]  # type: ignore[attr-defined]
    assert [parse_qs(one.query) for one in framed] == [{"iss": [server.base], "sid": [payload(tokens["id_token"])["sid"]]}]
    assert not [text for text in refused if "Content Security Policy" in text]
    assert rp.userinfo(tokens["access_token"]).status == 401
