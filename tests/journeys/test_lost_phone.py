"""From "I lost my phone" to signed in again, with a recovery code and without one; all without JavaScript."""

import json
import re

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from idp.kernel.actor import OPERATOR
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
    press(page, "#recovered-enrol")
    who.totp_secret = _new_phone(page)
    lost = page.locator(".things li").filter(has_not_text="Ponsel saya")
    expect(page.locator(".things li")).to_have_count(2)
    with page.expect_navigation():
        lost.locator("button").click()
    expect(page.locator(".things li")).to_have_count(1)
    press(page, "#recovered-continue")
    expect(page.locator("#person")).to_have_text(who.name)


@spec("issue", "recovery codes: warned when two are left, on the page and by mail")
def test_the_last_recovery_codes_are_told_and_replaced_on_the_way(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    with server.services() as services:
        person = services.people.need(who.username)
        for code in who.recovery_codes[:7]:
            assert services.factors.recovery_codes.use(OPERATOR, person, code) is not None
    page.goto(f"{apps.one}/login")
    _lost(page, who)
    press(page, "#have-agency-code")
    page.click("summary")
    press(page, "[data-way=recovery-code]")  # not by way of "lost": so few left are told nonetheless
    page.fill("input[name=code]", who.recovery_codes[7])
    press(page, "#code-submit")
    expect(page.locator("#codes-left")).to_contain_text("2")
    assert "/account/recovery-codes" in letter_to(server, who.email, about="2 kode pemulihan").text
    assert "/account/recovery-codes" not in letter_to(server, who.email, about="3 kode pemulihan").text
    press(page, "#recovered-codes")
    press(page, "#codes-generate")
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    press(page, "#codes-saved")
    expect(page.locator("#codes-left")).to_contain_text("10")
    press(page, "#recovered-continue")
    expect(page.locator("#person")).to_have_text(who.name)


@spec("product.md", "a wrong clock is refused, counted and explained")
def test_a_slow_clock_is_explained_and_the_right_time_gets_in(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{apps.one}/login")
    page.fill("input[name=username]", who.number)
    page.fill("input[name=password]", who.password)
    press(page, "#login-submit")
    page.fill("input[name=code]", who.code(-8))
    press(page, "#code-submit")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(re.compile(r"Jam ponsel Anda terlambat sekitar [45] menit\."))
    expect(alert).to_contain_text("Aktifkan tanggal dan waktu otomatis di setelan ponsel Anda, lalu masukkan kode yang baru.")
    page.fill("input[name=code]", who.code())
    press(page, "#code-submit")
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
    expect(page.locator(".things > li")).to_have_count(2)
    expect(page.locator(".things form")).to_have_count(0)


def _new_phone(page: Page) -> str:
    """Set the new phone up; the recovery codes stay as they are, so none are shown."""
    page.click("summary")
    secret = "".join((page.text_content("#totp-secret") or "").split())
    page.fill("input[name=code]", pyotp.TOTP(secret).now())
    press(page, "#code-submit")
    return secret
