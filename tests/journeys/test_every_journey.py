"""Every journey of an employee, walked twice: with JavaScript off, and with nothing but a keyboard (passkeys have a file of their own)."""

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from idp.kernel.actor import OPERATOR
from tests.journeys import arrange
from tests.journeys.conftest import Apps, letter_to
from tests.journeys.hands import Hands, Keys, Pointer, refused, sign_in
from tests.running import RunningServer
from tests.spec import spec

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
NEW_PASSWORD = "tujuh gajah membaca koran pagi"


@pytest.fixture(params=["pointer", "keys"])
def hands(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Hands]:
    """A phone without JavaScript and a pointer; the same with it and keys alone."""
    by_keys = request.param == "keys"
    context = chromium.new_context(locale="id-ID", java_script_enabled=by_keys, viewport={"width": 390, "height": 800})
    context.set_default_timeout(15_000)
    page = context.new_page()
    yield Keys(page) if by_keys else Pointer(page)
    context.close()


def _menu(hands: Hands, address: str) -> None:
    hands.unfold(".side summary")  # the menu is folded on a phone
    hands.press(f'.side details a[href="{address}"]')


@spec("WCAG 2.2", "2.1.1")
@spec("WCAG 2.2", "2.1.2")
def test_a_forgotten_password(server: RunningServer, apps: Apps, hands: Hands) -> None:
    who, page = arrange.employee(server), hands.page
    page.goto(f"{server.base}/sign-in")
    hands.press("#login-submit")
    refused(hands)
    hands.press("a[href='/forgot-password']")
    hands.type("input[name=username]", who.number)
    hands.press("#forgot-submit")
    page.goto(re.findall(rf"{server.base}/reset/\S+", letter_to(server, who.email, about="/reset/").text)[0])
    hands.type("input[name=new_password]", "pendek")
    hands.type("input[name=confirm_password]", "pendek")
    hands.press("#password-submit")
    refused(hands)
    hands.type("input[name=new_password]", NEW_PASSWORD)
    hands.type("input[name=confirm_password]", NEW_PASSWORD)
    hands.press("#password-submit")
    hands.press("a[href='/sign-in']")
    who.password = NEW_PASSWORD
    sign_in(hands, who)
    expect(page.locator("h1")).to_contain_text(who.name)


@spec("issue", "losing the phone")
@pytest.mark.parametrize("left", ["a recovery code", "the agency"])
def test_a_lost_phone(server: RunningServer, apps: Apps, hands: Hands, left: str) -> None:
    who, page = arrange.employee(server), hands.page
    page.goto(f"{apps.one}/login")
    hands.type("input[name=username]", who.username)
    hands.type("input[name=password]", who.password)
    hands.press("#login-submit")
    hands.unfold("summary")
    hands.press("[data-way=lost-phone]")
    if left == "a recovery code":
        hands.press("#have-recovery-code")
        hands.type("input[name=code]", "nothing-of-the-kind")
        hands.press("#code-submit")
        refused(hands)
        hands.type("input[name=code]", who.recovery_codes[0])
        hands.press("#code-submit")
        expect(page.locator("#codes-left")).to_contain_text("9")
        hands.press("#recovered-enrol")
        _new_phone(hands)
        lost = page.locator(".things li", has_text="Authenticator").locator("form").get_attribute("action")
        hands.press(f'[action="{lost}"] button')
        hands.press("#recovered-codes")
        hands.press("#codes-generate")
        expect(page.locator("#recovery-codes li")).to_have_count(10)
        hands.press("#codes-saved")
        hands.press("#recovered-continue")
    else:
        slip = server.idp("user", "single-use-code", who.username, "--reason", "Datang sendiri", "--json")
        hands.press("#have-agency-code")
        hands.type("input[name=code]", json.loads(slip)["code"])
        hands.press("#code-submit")
        _new_phone(hands)
    expect(page.locator("#person")).to_have_text(who.name)


def _new_phone(hands: Hands) -> None:
    secret = "".join((hands.page.text_content("#totp-secret") or "").split())
    hands.unfold(".numbered summary")
    expect(hands.page.locator("#totp-secret")).to_be_visible()
    hands.type("input[name=code]", "000000")
    hands.press("#code-submit")
    refused(hands)
    hands.type("input[name=code]", pyotp.TOTP(secret).now())
    hands.press("#code-submit")


def test_a_remembered_device(server: RunningServer, hands: Hands) -> None:
    who, page = arrange.employee(server), hands.page
    with server.services() as services:
        services.enforcement.set(OPERATOR, "person", services.people.need(who.username).id, "any", remember_days=14)
    page.goto(f"{server.base}/sign-in")
    hands.type("input[name=username]", who.username)
    hands.type("input[name=password]", who.password)
    hands.press("#login-submit")
    for _ in range(40):  # a process asks for new rules every few seconds
        if page.locator("input[name=remember]").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    hands.tick("input[name=remember]")
    hands.type("input[name=code]", who.code())
    hands.press("#code-submit")
    hands.press("#sign-out")
    hands.press("a[href='/sign-in']")
    hands.type("input[name=username]", who.number)
    hands.type("input[name=password]", who.password)
    hands.press("#login-submit")
    expect(page.locator("h1")).to_contain_text(who.name)  # no code was asked for
    hands.press("a[href='/account']")
    _menu(hands, "/account/factors")
    hands.press("[aria-labelledby=remembered] button")
    if page.locator("#login-submit").count():  # asked to prove it first
        sign_in(hands, who, steps=1)
        hands.press("[aria-labelledby=remembered] button")
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator("#remembered")).to_have_count(0)


def test_sessions_and_devices(server: RunningServer, apps: Apps, chromium: Browser, hands: Hands) -> None:
    who, page = arrange.employee(server, enrolled=False), hands.page
    others = [chromium.new_context(locale="id-ID", java_script_enabled=False) for _ in range(2)]
    for other in others:
        elsewhere = other.new_page()
        elsewhere.goto(f"{server.base}/sign-in")
        sign_in(Pointer(elsewhere), who)
    page.goto(f"{server.base}/account/sessions")
    sign_in(hands, who)
    expect(page.locator(".things > li")).to_have_count(3)
    hands.press(".things > li:not(:has(.badge.good)) button")
    expect(page.locator("[role=status]")).to_be_visible()
    expect(page.locator(".things > li")).to_have_count(2)
    hands.press("#sessions-end-others")
    expect(page.locator(".things > li")).to_have_count(1)
    for other in others:
        gone = other.new_page()
        gone.goto(f"{server.base}/account")
        expect(gone.locator("#login-submit")).to_be_visible()
        other.close()
    hands.press("#sessions-end-all")
    expect(page.locator("#login-submit, #logout-done").first).to_be_visible()


@pytest.mark.parametrize("where", ["the letter", "the history"])
def test_this_was_not_me(server: RunningServer, apps: Apps, chromium: Browser, hands: Hands, where: str) -> None:
    who, page, own = arrange.employee(server, enrolled=False), hands.page, chromium.new_context(java_script_enabled=False)
    first = Pointer(own.new_page())  # the device they always use; that of the hands is new
    first.page.goto(f"{server.base}/sign-in")
    sign_in(first, who)
    own.close()
    page.goto(f"{server.base}/account/history")
    sign_in(hands, who)
    if where == "the letter":
        page.context.clear_cookies()
        page.goto(re.findall(rf"{server.base}/not-me/\S+", letter_to(server, who.email, about="/not-me/").text)[0])
    else:
        hands.press("a[href$='/not-me']")
    hands.press("#not-me")
    expect(page.locator("h1")).to_contain_text("Sesi")
    page.goto(re.findall(rf"{server.base}/reset/\S+", letter_to(server, who.email, about="/reset/").text)[0])
    hands.type("input[name=new_password]", NEW_PASSWORD)
    hands.type("input[name=confirm_password]", NEW_PASSWORD)
    hands.press("#password-submit")
    expect(page.locator("h1")).to_contain_text("disimpan")


def test_a_correction_and_my_data(server: RunningServer, hands: Hands) -> None:
    who, page = arrange.employee(server, enrolled=False), hands.page
    page.goto(f"{server.base}/account/data")
    sign_in(hands, who)
    hands.press("#correction-submit")
    refused(hands)
    hands.choose("#field", "Golongan")
    hands.type("#wanted", "III/d")
    hands.press("#correction-submit")
    expect(page.locator(".things .badge.warn")).to_have_text("menunggu")
    hands.press("[action$='/take-back'] button")
    expect(page.locator("[action$='/take-back']")).to_have_count(0)
    hands.press("#download")
    hands.press("#export-html")
    expect(page.locator("main")).to_contain_text(who.number)
    page.go_back()
    with page.expect_download() as waiting:
        if isinstance(hands, Keys):
            hands._to("#export-json")
            page.keyboard.press("Enter")
        else:
            page.click("#export-json")
    found = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert [one["state"] for one in found["corrections"]] == ["withdrawn"]


def test_the_start_page(server: RunningServer, apps: Apps, hands: Hands) -> None:
    who, page, word = arrange.employee(server), hands.page, secrets.token_hex(4)
    text = ("--text", f"Maintenance {word}", "--text-id", f"Pemeliharaan {word}")
    said = json.loads(server.idp("announcement", "set", *text, "--level", "warning", "--on-sign-in", "--json"))
    page.goto(server.base)
    expect(page.locator("[role=status]", has_text=f"Pemeliharaan {word}")).to_be_visible()
    sign_in(hands, who)
    expect(page.locator("[role=status]", has_text=f"Pemeliharaan {word}")).to_be_visible()
    name = page.locator("button[name=keep]").first.get_attribute("value")
    hands.press(f"button[name=keep][value='{name}']")
    expect(page.locator("#favourites")).to_be_visible()
    hands.press(f"button[name=drop][value='{name}']")
    expect(page.locator("#favourites")).to_have_count(0)
    if page.locator("#q").count():
        hands.type("#q", "zzzz")
        hands.press("[role=search] button")
    else:
        page.goto(f"{server.base}/?q=zzzz")
    expect(page.locator(".empty")).to_be_visible()
    hands.press(".empty a[href='/']")
    hands.press("[data-client-id]")
    expect(page.locator("#person")).to_have_text(who.name)
    server.idp("announcement", "end", said["id"])


def test_another_account_and_what_is_received(server: RunningServer, hands: Hands) -> None:
    one, two, page = arrange.employee(server), arrange.employee(server), hands.page
    client_id = f"other-{secrets.token_hex(3)}"
    arrange.application(server, client_id, "http://localhost:1/callback", first_party=False, require_pkce=False, name="Aplikasi lain")
    query = f"client_id={client_id}&redirect_uri=http://localhost:1/callback&response_type=code&scope=openid profile"
    asked = f"{server.base}/authorize?{query}"
    page.goto(f"{server.base}/account")
    sign_in(hands, one)
    page.goto(f"{asked}&prompt=select_account")
    expect(page.locator("body")).to_contain_text(one.name)
    hands.unfold("#receives summary")
    expect(page.locator("#receives dl")).to_contain_text(one.username)
    hands.press("#account-another")
    sign_in(hands, two)
    expect(page.locator("#shared-data")).to_contain_text(two.name)
    page.goto(f"{asked}&prompt=select_account")
    hands.press("#account-continue")
    expect(page.locator("#consent-deny")).to_be_visible()


def test_what_is_still_open_after_signing_out(server: RunningServer, apps: Apps, hands: Hands) -> None:
    who, page = arrange.employee(server), hands.page
    page.goto(f"{apps.one}/login")
    sign_in(hands, who)
    expect(page.locator("#person")).to_have_text(who.name)
    page.goto(f"{server.base}/logout")
    hands.press("#logout-confirm")
    expect(page.locator("#logout-told li")).to_have_count(1)
    hands.press("a[href='/sign-in']")
    expect(page.locator("#login-submit")).to_be_visible()


def test_a_session_that_ended_and_the_way_back(server: RunningServer, hands: Hands) -> None:
    who, page = arrange.employee(server), hands.page
    page.goto(f"{server.base}/account/sessions")
    form = page.url
    sign_in(hands, who)
    page.go_back()
    page.goto(form)  # an old page of the way in: on with it, no raw error
    expect(page.locator("h1")).to_be_visible()
    with server.services() as services:
        services.leave.end_all(OPERATOR, services.people.need(who.username).id, "ended_by_person")
    page.goto(f"{server.base}/account/sessions")
    expect(page.locator("[role=status]", has_text="dari perangkat lain")).to_be_visible()
    sign_in(hands, who, steps=1)
    assert page.url == f"{server.base}/account/sessions"


def test_every_error_has_a_way_on(server: RunningServer, hands: Hands) -> None:
    page = hands.page
    for path in ("/nowhere", "/authorize?client_id=nobody", "/reset/unknown", "/not-me/unknown", "/logout?id_token_hint=bad"):
        page.goto(f"{server.base}{path}")
        expect(page.locator("h1")).to_be_visible()
        hands.press("main a.button")
        expect(page.locator("h1")).to_be_visible()
        assert path not in page.url
