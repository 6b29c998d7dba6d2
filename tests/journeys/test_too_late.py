"""Old forms, forms sent twice and ended sessions in a real browser without JavaScript."""

import pytest
from playwright.sync_api import BrowserContext, expect

from idp.kernel.actor import OPERATOR
from tests.journeys import arrange
from tests.journeys.conftest import Apps
from tests.journeys.pages import press, sign_in
from tests.running import RunningServer

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def test_an_old_form_offers_its_page_and_signs_in_from_there(server: RunningServer, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{server.base}/sign-in?return_to=/account/history")
    context.clear_cookies()  # the browser was closed and came back with its tabs
    page.fill("input[name=username]", who.number)
    page.fill("input[name=password]", who.password)
    press(page, "#login-submit")
    expect(page.locator("#incident")).to_be_visible()
    press(page, "#again")
    sign_in(page, who)
    assert page.url == f"{server.base}/account/history"


def test_a_form_sent_twice_ends_at_the_application_or_says_so(server: RunningServer, apps: Apps, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{apps.one}/login")
    page.fill("input[name=username]", who.number)
    page.fill("input[name=password]", who.password)
    page.locator("#login-submit").dblclick(no_wait_after=True)
    page.fill("input[name=code]", who.code())
    page.locator("#code-submit").dblclick(no_wait_after=True)
    expect(page.locator("#person, [role=status]")).to_be_visible()
    if page.locator("#person").count() == 0:  # the browser dropped the first answer, which held the session
        expect(page.locator("[role=status]")).to_contain_text("terkirim dua kali")
        page.fill("input[name=username]", who.number)
        page.fill("input[name=password]", who.password)
        press(page, "#login-submit")
        page.fill("input[name=code]", who.code(1))
        press(page, "#code-submit")
    expect(page.locator("#person")).to_have_text(who.name)
    assert page.url.startswith(apps.one)


def test_a_session_ended_elsewhere_says_why_and_leads_back(server: RunningServer, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{server.base}/account/history")
    sign_in(page, who)
    with server.services() as services:
        services.leave.end_all(OPERATOR, services.people.need(who.username).id, "ended_by_person")
    page.goto(f"{server.base}/account/sessions")
    expect(page.locator("[role=status]")).to_contain_text("dari perangkat lain")
    assert page.url.endswith("return_to=%2Faccount%2Fsessions")
