"""Journeys of people who cannot simply sign in: new ones, ones without a phone, ones without a password. All without JavaScript."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from idp.kernel.actor import OPERATOR
from tests.journeys import arrange
from tests.journeys.conftest import Apps, letter_to
from tests.journeys.pages import enrol, press, sign_in
from tests.running import RunningServer

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
NEW_PASSWORD = "tujuh gajah membaca koran pagi"


def link_in(text: str, base: str) -> str:
    found = re.search(re.escape(base) + r"/\S+", text)
    assert found, f"no link to {base} in: {text}"
    return found.group().rstrip(".")


def test_first_sign_in_enrols_a_second_factor(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server, enrolled=False), context.new_page()
    page.goto(f"{apps.one}/login")
    sign_in(page, who)
    who.totp_secret, codes = enrol(page)
    expect(page.locator("#person")).to_have_text(who.name)
    assert len(codes) >= 8
    page.goto(f"{apps.one}/claims")
    expect(page.locator("#id-token [data-claim=acr]")).to_have_text("urn:sumut:acr:2")


def test_a_recovery_code_stands_in_for_the_phone_once(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who = arrange.employee(server)
    code, page = who.recovery_codes[0], context.new_page()
    page.goto(f"{apps.one}/login")
    _with_recovery_code(page, who, code)
    expect(page.locator("#person")).to_have_text(who.name)

    context.clear_cookies()
    page.goto(f"{apps.two}/login")
    _with_recovery_code(page, who, code)
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("input[name=code]", who.recovery_codes[1].lower().replace("-", " "))
    press(page, "#code-submit")
    expect(page.locator("#person")).to_have_text(who.name)
    assert letter_to(server, who.email, about="8 kode pemulihan")  # of ten, two are used


def _with_recovery_code(page: Page, who: arrange.Employee, code: str) -> None:
    page.fill("input[name=username]", who.username)
    page.fill("input[name=password]", who.password)
    press(page, "#login-submit")
    page.click("summary")
    press(page, "[data-way=recovery-code]")
    page.fill("input[name=code]", code)
    press(page, "#code-submit")


def test_forgotten_password_by_mail_never_skips_the_second_factor(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{apps.one}/login")
    press(page, "a[href='/forgot-password']")
    page.fill("input[name=username]", who.number)
    press(page, "#forgot-submit")
    link = link_in(letter_to(server, who.email, about="/reset/").text, server.base)
    assert who.number not in link

    page.goto(link)
    page.fill("input[name=new_password]", NEW_PASSWORD)
    page.fill("input[name=confirm_password]", NEW_PASSWORD)
    press(page, "#password-submit")
    page.goto(f"{apps.one}/login")
    page.fill("input[name=username]", who.email)
    page.fill("input[name=password]", NEW_PASSWORD)
    press(page, "#login-submit")
    expect(page.locator("input[name=code]")).to_be_visible()
    page.fill("input[name=code]", who.code())
    press(page, "#code-submit")
    expect(page.locator("#person")).to_have_text(who.name)

    page.goto(link)  # it works once
    expect(page.locator("input[name=new_password]")).to_have_count(0)


def test_activation_by_letter(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server, invited=True), context.new_page()
    with server.services() as services:
        services.links.send_activation(OPERATOR, services.people.need(who.username))
    page.goto(link_in(letter_to(server, who.email, about="/activate/").text, server.base))
    page.fill("input[name=new_password]", NEW_PASSWORD)
    page.fill("input[name=confirm_password]", NEW_PASSWORD)
    press(page, "#password-submit")
    page.goto(f"{apps.one}/login")
    sign_in(page, who, password=NEW_PASSWORD)
    enrol(page)
    expect(page.locator("#person")).to_have_text(who.name)


def test_a_disabled_person_is_out_at_once(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{apps.one}/login")
    sign_in(page, who)
    expect(page.locator("#person")).to_have_text(who.name)
    server.idp("user", "disable", who.username)
    page.goto(f"{apps.one}/token")
    if page.locator("#refresh-submit").count():  # the application may have been told already
        press(page, "#refresh-submit")
        expect(page.locator("#refused, #told").first).to_be_visible()
    page.goto(f"{apps.two}/login")
    expect(page.locator("#login-submit")).to_be_visible()


def test_ending_all_sessions_signs_the_applications_out(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{apps.one}/login")
    sign_in(page, who)
    expect(page.locator("#person")).to_have_text(who.name)
    server.idp("user", "sessions", who.username, "--end")
    for _ in range(50):
        page.goto(apps.one)
        if page.locator("#told").count():
            break
        page.wait_for_timeout(200)
    expect(page.locator("#told")).to_be_visible()
