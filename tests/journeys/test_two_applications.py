"""The main journey in a real browser: one sign-in with a second factor, two applications, and out of both."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.journeys import arrange
from tests.journeys.conftest import Apps
from tests.journeys.pages import press, sign_in
from tests.running import RunningServer


@pytest.mark.parametrize("script", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_one_sign_in_opens_both_and_one_sign_out_closes_both(server: RunningServer, apps: Apps, chromium: Browser, script: bool) -> None:
    who = arrange.employee(server)
    context = chromium.new_context(locale="id-ID", java_script_enabled=script)
    context.set_default_timeout(10_000)
    page = context.new_page()

    page.goto(apps.one)
    press(page, "#login")
    expect(page.locator("body")).to_contain_text("e-Cuti Medan")
    sign_in(page, who)
    expect(page.locator("#person")).to_have_text(who.name)
    assert page.url.startswith(apps.one)

    page.goto(apps.two)
    press(page, "#login")
    expect(page.locator("#person")).to_have_text(who.name)  # no page of the provider in between
    assert page.url.startswith(apps.two)

    press(page, "a[href='/token']")
    press(page, "#refresh-submit")
    expect(page.locator("#refreshed")).to_have_text("1")

    page.goto(server.base)
    expect(page.locator("a[data-client-id]")).not_to_have_count(0)

    page.goto(apps.one)
    press(page, "#logout-submit")
    expect(page.locator("#signed-out")).to_be_visible()

    for _ in range(50):
        page.goto(apps.two)
        if page.locator("#told").count():
            break
        page.wait_for_timeout(200)
    expect(page.locator("#told")).to_be_visible()
    press(page, "#login")
    expect(page.locator("#login-submit")).to_be_visible()
    context.close()


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)
def test_signing_in_by_keyboard_alone(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(apps.one)
    page.focus("#login")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=username]")).to_be_focused()
    page.keyboard.type(who.number)
    page.keyboard.press("Tab")
    page.keyboard.type(who.password)
    page.keyboard.press("Enter")
    expect(page.locator("input[name=code]")).to_be_focused()
    page.keyboard.type(who.code())
    page.keyboard.press("Enter")
    expect(page.locator("#person")).to_have_text(who.name)
