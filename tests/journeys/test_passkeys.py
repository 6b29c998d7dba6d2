"""Passkeys in a real browser with a virtual device: made in the account or on the way in, used alone and after the password."""

import secrets
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys import arrange
from tests.journeys.conftest import Apps, letter_to
from tests.journeys.handset import Handset
from tests.journeys.pages import press, sign_in
from tests.rp import HttpWire, RelyingParty, payload
from tests.running import RunningServer
from tests.spec import spec

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def _application(server: RunningServer, application: ThreadingHTTPServer, **more: Any) -> RelyingParty:
    base, client_id = f"http://localhost:{application.server_port}", f"app-{secrets.token_hex(3)}"
    secret = arrange.application(server, client_id, f"{base}/cb", **more)
    return RelyingParty(HttpWire(server.base), HttpWire(server.base), client_id, f"{base}/cb", secret, scope="openid")


def _asked(page: Page, server: RunningServer, rp: RelyingParty, **changes: str) -> None:
    page.goto(f"{server.base}/authorize?{rp.request(**changes)}")


def _told(page: Page, rp: RelyingParty) -> dict[str, Any]:
    """The ID token, once the browser is back at the application."""
    page.wait_for_url(f"{rp.redirect_uri}?*")
    answer = rp.redeem(parse_qs(urlsplit(page.url).query)["code"][0])
    assert answer.ok, answer.text
    return payload(answer.json["id_token"])


def _enrol(page: Page, server: RunningServer, name: str = "Ponsel saya") -> None:
    """Make a passkey in the account; somebody is signed in freshly."""
    page.goto(f"{server.base}/account/passkeys/add")
    page.fill("input[name=name]", name)
    press(page, "#passkey-add")


def _sign_out(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.base}/logout")
    press(page, "#logout-confirm")
    expect(page.locator("#logout-done")).to_be_visible()


def _after_password(page: Page, who: arrange.Employee) -> None:
    page.fill("input[name=username]", who.username)
    page.fill("input[name=password]", who.password)
    press(page, "#login-submit")


@spec("issue", "passkeys: enrol, sign in alone")
def test_made_in_the_account_it_opens_the_door_alone(server: RunningServer, apps: Apps, page: Page) -> None:
    who, device = arrange.employee(server), Handset(page)
    page.goto(f"{apps.one}/login")
    sign_in(page, who)
    _enrol(page, server)
    page.goto(f"{server.base}/account/factors")
    expect(page.locator("body")).to_contain_text("Ponsel saya")
    (kept,) = device.credentials()
    assert kept["isResidentCredential"] and kept["rpId"] == "localhost"
    assert who.number not in str(kept), "the handle says nothing about its owner"
    assert letter_to(server, who.email, about="Ponsel saya")
    _sign_out(page, server)

    with device.put_down():
        page.goto(f"{apps.one}/login")
        page.locator("#passkey-submit").wait_for()
    press(page, "#passkey-submit")
    expect(page.locator("#person")).to_have_text(who.name)
    page.goto(f"{apps.one}/claims")
    expect(page.locator("#id-token [data-claim=acr]")).to_have_text("urn:sumut:acr:3")
    expect(page.locator("#id-token [data-claim=amr]")).to_contain_text("user")


@spec("issue", "passkeys: conditional UI")
@spec("WebAuthn", "5.1.4")
def test_the_browser_offers_it_in_the_name_field(server: RunningServer, apps: Apps, page: Page) -> None:
    who, device = arrange.employee(server), Handset(page)
    page.goto(f"{apps.one}/login")
    sign_in(page, who)
    _enrol(page, server)
    _sign_out(page, server)
    assert device.credentials()
    page.goto(f"{apps.two}/login")  # the virtual device picks what the browser would list under the field
    expect(page.locator("#person")).to_have_text(who.name)


@spec("issue", "passkeys: second factor")
@pytest.mark.parametrize("verifies", [True, False], ids=["phone", "security key"])
def test_after_the_password_it_is_the_second_factor(
    server: RunningServer, application: ThreadingHTTPServer, page: Page, verifies: bool
) -> None:
    who, rp = arrange.employee(server, enrolled=False), _application(server, application)
    device = Handset(page, verifies=verifies)
    page.goto(f"{server.base}/sign-in?return_to=/account")
    _after_password(page, who)
    _enrol(page, server)
    page.context.clear_cookies()
    with device.put_down():
        _asked(page, server, rp)
        _after_password(page, who)
        page.locator("#passkey-submit").wait_for()
        assert urlsplit(page.url).path == "/sign-in/security-key"
    if page.locator("#passkey-submit").count():
        press(page, "#passkey-submit")
    told = _told(page, rp)
    assert told["acr"] == "urn:sumut:acr:3" and {"pwd", "mfa", "user", "hwk"} == set(told["amr"])


@spec("issue", "passkeys: second factor")
def test_it_is_one_of_the_ways_beside_the_code(server: RunningServer, apps: Apps, page: Page) -> None:
    who, device = arrange.employee(server), Handset(page)
    page.goto(f"{apps.one}/login")
    sign_in(page, who)
    _enrol(page, server)
    page.context.clear_cookies()
    with device.put_down():
        page.goto(f"{apps.one}/login")
        _after_password(page, who)
        page.click("summary")
        press(page, "[data-way=code]")
        page.click("summary")
        press(page, "[data-way=passkey]")
    press(page, "#passkey-submit")
    expect(page.locator("#person")).to_have_text(who.name)


@spec("issue", "passkeys: enrol while signing in")
@spec("RFC 9470", "4")
def test_where_the_strongest_proof_is_demanded_one_is_made_on_the_way(
    server: RunningServer, apps: Apps, application: ThreadingHTTPServer, page: Page
) -> None:
    who, rp, device = arrange.employee(server), _application(server, application), Handset(page)
    _asked(page, server, rp, acr_values="urn:sumut:acr:3")
    sign_in(page, who)
    page.wait_for_url("**/sign-in/enrol/passkey*")
    page.fill("input[name=name]", "Laptop kantor")
    press(page, "#passkey-add")
    told = _told(page, rp)
    assert told["acr"] == "urn:sumut:acr:3" and "mfa" in told["amr"]
    assert len(device.credentials()) == 1 and letter_to(server, who.email, about="Laptop kantor")


@spec("RFC 9470", "4")
def test_a_session_of_a_code_steps_up_with_it(server: RunningServer, application: ThreadingHTTPServer, page: Page) -> None:
    who, device = arrange.employee(server), Handset(page)
    plain, strict = _application(server, application), _application(server, application, min_acr="3")
    _asked(page, server, plain)
    sign_in(page, who)
    assert _told(page, plain)["acr"] == "urn:sumut:acr:2"
    _enrol(page, server)
    with device.put_down():
        _asked(page, server, strict)
        page.locator("#passkey-submit").wait_for()
    press(page, "#passkey-submit")
    told = _told(page, strict)
    assert told["acr"] == "urn:sumut:acr:3"
    _asked(page, server, plain)
    assert _told(page, plain)["acr"] == "urn:sumut:acr:3", "the session stays as strong"


@spec("issue", "passkeys: a first factor")
def test_somebody_new_chooses_a_passkey_instead_of_the_app(server: RunningServer, apps: Apps, page: Page) -> None:
    who, device = arrange.employee(server, enrolled=False), Handset(page)
    page.goto(f"{apps.one}/login")
    _after_password(page, who)
    press(page, "a[href^='/sign-in/enrol/passkey']")
    press(page, "#passkey-add")
    if page.locator("#codes-saved").count():
        press(page, "#codes-saved")
    expect(page.locator("#person")).to_have_text(who.name)
    assert len(device.credentials()) == 1


@spec("WCAG 2.2", "3.3.1")
def test_a_device_that_does_not_recognise_its_holder_leaves_the_other_ways(server: RunningServer, apps: Apps, page: Page) -> None:
    who, device = arrange.employee(server), Handset(page)
    page.goto(f"{apps.one}/login")
    sign_in(page, who)
    _enrol(page, server)
    page.context.clear_cookies()
    device.recognises(False)
    page.goto(f"{apps.one}/login")
    page.click("#passkey-submit")
    expect(page.locator("[data-said]")).to_contain_text("Coba lagi")
    expect(page.locator("#passkey-submit")).to_be_enabled()
    _after_password(page, who)
    page.click("summary")
    press(page, "[data-way=code]")
    page.fill("input[name=code]", who.code(1))
    press(page, "#code-submit")
    expect(page.locator("#person")).to_have_text(who.name)


@spec("issue", "pages work without JavaScript")
def test_without_javascript_the_other_ways_stay(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{apps.one}/login")
    expect(page.locator("#passkey-submit")).not_to_be_visible()
    sign_in(page, who)
    expect(page.locator("#person")).to_have_text(who.name)
    page.goto(f"{server.base}/account/passkeys/add")
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("noscript p")).to_contain_text("JavaScript")
