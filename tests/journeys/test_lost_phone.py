"""From "I lost my phone" to signed in again, with a recovery code and without one; all without JavaScript."""

import json

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys import arrange
from tests.journeys.conftest import Apps, letter_to
from tests.journeys.pages import press
from tests.running import RunningServer
from tests.spec import spec

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def _lost(page: Page, who: arrange.Employee) -> None:
    page.fill("input[name=username]", who.number)
    page.fill("input[name=password]", who.password)
    press(page, "#login-submit")
    page.click("summary")
    press(page, "[data-way=lost-phone]")
    expect(page.locator("#help-contact")).to_be_visible()


@spec("issue", "losing the phone, with a recovery code")
def test_with_a_recovery_code(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{apps.one}/login")
    _lost(page, who)
    press(page, "#have-recovery-code")
    page.fill("input[name=code]", who.recovery_codes[0])
    press(page, "#code-submit")
    expect(page.locator("#codes-left")).to_contain_text("9")
    expect(page.locator("#recovered-enrol")).to_be_visible()
    press(page, "#recovered-continue")
    expect(page.locator("#person")).to_have_text(who.name)


@spec("issue", "losing the phone, without a recovery code")
def test_without_a_recovery_code_the_agency_helps(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    slip = server.idp("user", "single-use-code", who.username, "--reason", "Datang sendiri dengan kartu pegawai")
    assert who.name in slip and "sekali" in slip
    code = json.loads(server.idp("user", "single-use-code", who.username, "--reason", "Kertas pertama rusak", "--json"))["code"]
    assert letter_to(server, who.email, about="kode sekali pakai")
    page.goto(f"{apps.one}/login")
    _lost(page, who)
    press(page, "#have-agency-code")
    page.fill("input[name=code]", code.upper())
    press(page, "#code-submit")
    who.totp_secret = _new_phone(page)
    expect(page.locator("#person")).to_have_text(who.name)
    assert letter_to(server, who.email, about="menyiapkan perangkat baru")
    page.goto(f"{server.base}/account/factors")
    expect(page.locator("#cooling")).to_be_visible()
    expect(page.locator(".things form")).to_have_count(2)


def _new_phone(page: Page) -> str:
    """Set the new phone up; the recovery codes stay as they are, so none are shown."""
    page.click("summary")
    secret = "".join((page.text_content("#totp-secret") or "").split())
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    press(page, "#code-submit")
    return secret
