"""Back, reload and two tabs in a real browser without JavaScript: always a page with a way on."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.journeys import arrange
from tests.journeys.conftest import Apps
from tests.journeys.pages import press, sign_in
from tests.running import RunningServer

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def test_two_tabs_and_the_back_button(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, first, second = arrange.employee(server), context.new_page(), context.new_page()
    first.goto(f"{apps.one}/login")
    form = first.url
    second.goto(f"{apps.two}/login")
    sign_in(first, who)
    expect(first.locator("#person")).to_have_text(who.name)
    assert first.url.startswith(apps.one)
    second.reload()  # the other tab still showed the form
    expect(second.locator("#person")).to_have_text(who.name)
    assert second.url.startswith(apps.two)
    first.goto(form)  # as the back button does: the page is not kept by the browser
    expect(first.locator("#incident")).to_be_visible()
    press(first, "#open-app")
    assert first.url.startswith(apps.one)


def test_search_and_favourites_without_a_script(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(server.base)
    sign_in(page, who)
    page.locator("button[name=keep]").first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("button[name=drop]")).to_have_count(1)
    page.goto(f"{server.base}/?q=zzzz")
    expect(page.locator("a[data-client-id]")).to_have_count(0)
    expect(page.locator(".empty")).to_be_visible()
