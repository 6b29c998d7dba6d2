"""The phone that is lost held the passkey: from "I lost my phone" to signed in again with a new one, with a recovery code and without."""

import json

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from idp.kernel.actor import OPERATOR
from tests.journeys import arrange
from tests.journeys.conftest import Apps, letter_to
from tests.journeys.handset import Handset
from tests.journeys.pages import press, sign_in
from tests.running import RunningServer
from tests.spec import spec

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture
def who(server: RunningServer) -> arrange.Employee:
    """Somebody whose only second factor is a passkey on a phone that is gone; with recovery codes."""
    made = arrange.employee(server, enrolled=False)
    arrange.passkey(server, made, "Ponsel lama")
    with server.services() as services:
        made.recovery_codes = tuple(services.factors.regenerate_recovery_codes(OPERATOR, services.people.need(made.username)))
    return made


def _lost(page: Page, who: arrange.Employee) -> None:
    page.fill("input[name=username]", who.number)
    page.fill("input[name=password]", who.password)
    press(page, "#login-submit")
    page.locator("#passkey-submit").wait_for()
    page.click("summary")
    press(page, "[data-way=lost-phone]")


def _opens_with(page: Page, device: Handset, apps: Apps, who: arrange.Employee) -> None:
    """The next morning: the new phone alone is enough."""
    page.context.clear_cookies()
    with device.put_down():
        page.goto(f"{apps.one}/login")
        page.locator("#passkey-submit").wait_for()
    press(page, "#passkey-submit")
    expect(page.locator("#person")).to_have_text(who.name)


@spec("issue", "losing the phone, with a recovery code")
def test_with_a_recovery_code_a_new_passkey_is_made_and_the_application_opens(
    server: RunningServer, apps: Apps, page: Page, who: arrange.Employee
) -> None:
    page.goto(f"{apps.one}/login")
    _lost(page, who)
    press(page, "#have-recovery-code")
    page.fill("input[name=code]", who.recovery_codes[0])
    press(page, "#code-submit")
    expect(page.locator("#codes-left")).to_contain_text("9")
    press(page, "#recovered-passkey")
    device = Handset(page)
    page.fill("input[name=name]", "Ponsel baru")
    press(page, "#passkey-add")
    expect(page.locator(".things li")).to_have_count(2)  # back on the page that says what else to do
    with page.expect_navigation():
        page.locator(".things li").filter(has_text="Ponsel lama").locator("button").click()
    expect(page.locator(".things li")).to_have_count(1)
    press(page, "#recovered-continue")
    expect(page.locator("#person")).to_have_text(who.name)
    assert letter_to(server, who.email, about="Ponsel baru") and letter_to(server, who.email, about="Ponsel lama")
    _opens_with(page, device, apps, who)


@spec("issue", "losing the phone, without a recovery code")
def test_without_one_the_agency_helps_to_a_new_passkey_and_the_application_opens(
    server: RunningServer, apps: Apps, page: Page, who: arrange.Employee
) -> None:
    code = json.loads(server.idp("user", "single-use-code", who.username, "--reason", "Datang sendiri", "--json"))["code"]
    page.goto(f"{apps.one}/login")
    _lost(page, who)
    press(page, "#have-agency-code")
    page.fill("input[name=code]", code)
    press(page, "#code-submit")
    press(page, "#enrol-passkey")
    device = Handset(page)
    page.fill("input[name=name]", "Ponsel baru")
    press(page, "#passkey-add")
    expect(page.locator("#person")).to_have_text(who.name)
    page.goto(f"{server.base}/account/factors")
    expect(page.locator("#cooling")).to_be_visible()
    _opens_with(page, device, apps, who)


@spec("issue", "session-expiry and back-button behaviour that never shows a raw error")
def test_pressed_twice_is_pressed_once(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    """In a browser, where the first answer is thrown away: the code, then a recovery code."""
    who, page = arrange.employee(server), context.new_page()
    for path, typed in (("", who.code()), ("/sign-in/recovery-code", who.recovery_codes[0])):
        context.clear_cookies()
        page.goto(f"{apps.one}/login")
        sign_in_with_password(page, who)
        if path:
            page.click("summary")
            press(page, "[data-way=recovery-code]")
        page.fill("input[name=code]", typed)
        page.locator("#code-submit").dblclick(no_wait_after=True)
        expect(page.locator("#person")).to_have_text(who.name)
    with server.services() as services:
        assert services.factors.recovery_codes_left(services.people.need(who.username).id) == 9


def sign_in_with_password(page: Page, who: arrange.Employee) -> None:
    """Up to the second step."""
    page.fill("input[name=username]", who.number)
    page.fill("input[name=password]", who.password)
    press(page, "#login-submit")


@spec("issue", "losing the phone")
def test_signed_in_with_a_code_one_still_signs_in_the_next_time(server: RunningServer, apps: Apps, page: Page) -> None:
    """A recovery code takes nothing away: the phone that turns up again still works."""
    who = arrange.employee(server)
    page.goto(f"{apps.one}/login")
    sign_in_with_password(page, who)
    page.click("summary")
    press(page, "[data-way=recovery-code]")
    page.fill("input[name=code]", who.recovery_codes[0])
    press(page, "#code-submit")
    expect(page.locator("#person")).to_have_text(who.name)
    page.context.clear_cookies()
    page.goto(f"{apps.one}/login")
    sign_in(page, who)
    expect(page.locator("#person")).to_have_text(who.name)
