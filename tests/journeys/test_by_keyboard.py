"""The journeys with nothing but a keyboard: what has the focus is asked of the page, keys alone are pressed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import arrange
from tests.journeys.conftest import Apps
from tests.running import RunningServer
from tests.spec import spec

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="id-ID", java_script_enabled=True, viewport={"width": 390, "height": 800})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def _to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press Tab until the control has the focus, as a person would, who sees where it is."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            ring = page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
            assert ring >= 2, f"{selector} has the focus and does not show it"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by the Tab key on {page.url}")


def _enter(page: Page, selector: str) -> None:
    _to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _sign_in(page: Page, who: arrange.Employee) -> None:
    _to(page, "input[name=username]")
    page.keyboard.type(who.number)
    _to(page, "input[name=password]")
    page.keyboard.type(who.password)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    _to(page, "input[name=code]")
    page.keyboard.type(who.code())
    _enter(page, "#code-submit")


@spec("WCAG 2.2", "2.1.1")
def test_signing_in_for_an_application_the_account_and_out_again(server: RunningServer, apps: Apps, page: Page) -> None:
    who = arrange.employee(server)
    page.goto(f"{apps.one}/login")
    _sign_in(page, who)
    if page.locator("#consent-allow").count():
        _enter(page, "#consent-allow")
    assert page.url.startswith(apps.one)
    page.goto(f"{server.base}/account")
    _to(page, ".side summary")  # the menu is folded on a phone
    page.keyboard.press("Enter")
    _enter(page, '.side a[href="/account/sessions"]')
    assert page.url == f"{server.base}/account/sessions"
    _enter(page, "#sign-out")
    assert page.locator("#logout-done").count() == 1


@spec("WCAG 2.2", "3.3.1")
def test_a_refused_form_puts_the_focus_where_it_says_why(server: RunningServer, page: Page) -> None:
    page.goto(f"{server.base}/sign-in")
    _enter(page, "#login-submit")
    assert page.evaluate("() => document.activeElement.id") == "problem"
    _to(page, 'a[href="#username"]')
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "username"


@spec("WCAG 2.2", "2.4.1")
def test_the_first_tab_offers_to_skip_to_the_content(server: RunningServer, page: Page) -> None:
    page.goto(f"{server.base}/activate?x=1")
    page.evaluate("() => document.activeElement.blur()")
    page.goto(f"{server.base}/nowhere")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_a_typed_password_is_shown_by_keyboard(server: RunningServer, page: Page) -> None:
    page.goto(f"{server.base}/sign-in")
    _to(page, "input[name=password]")
    page.keyboard.type("rahasia sekali")
    _to(page, ".secret button")
    page.keyboard.press("Space")
    assert page.locator("input[name=password]").get_attribute("type") == "text"
