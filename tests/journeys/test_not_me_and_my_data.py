"""In a real browser without JavaScript: from "this was not me" to a new password; a correction from the question to its answer; my data."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys import arrange
from tests.journeys.conftest import Apps, letter_to
from tests.journeys.pages import press, sign_in
from tests.running import RunningServer
from tests.spec import spec

pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
NEW_PASSWORD = "tujuh gajah membaca koran pagi"


def link_to(path: str, text: str, base: str) -> str:
    found = re.search(re.escape(f"{base}{path}") + r"[\w-]+", text)
    assert found, f"no link to {path} in: {text}"
    return found.group()


@spec("ASVS 5.0", "6.3.5")
def test_from_this_was_not_me_to_a_new_password(
    server: RunningServer, apps: Apps, chromium: Browser, context: BrowserContext
) -> None:
    who, own = arrange.employee(server, enrolled=False), context.new_page()
    server.idp("contact", "set", "12.71", "security", f"csirt-{who.username}@medan.example")
    own.goto(f"{server.base}/sign-in")
    sign_in(own, who)
    thief = chromium.new_context(locale="id-ID", java_script_enabled=False).new_page()
    thief.goto(f"{server.base}/sign-in")
    sign_in(thief, who)
    thief.goto(f"{server.base}/account")
    expect(thief.locator("body")).to_contain_text(who.name)

    # The letter is read where nobody is signed in; looking at it, as scanners do, changes nothing.
    mailbox = chromium.new_context(locale="id-ID", java_script_enabled=False).new_page()
    link = link_to("/not-me/", letter_to(server, who.email, about="/not-me/").text, server.base)
    mailbox.goto(link)
    thief.goto(f"{server.base}/account")
    expect(thief.locator("body")).to_contain_text(who.name)
    press(mailbox, "#not-me")
    expect(mailbox.locator("h1")).to_contain_text("Sesi")

    thief.goto(f"{server.base}/account")
    expect(thief.locator("#login-submit")).to_be_visible()
    sign_in(thief, who)
    expect(thief.get_by_role("alert")).to_be_visible()
    assert who.name in letter_to(server, f"csirt-{who.username}@medan.example").text

    mailbox.goto(link_to("/reset/", letter_to(server, who.email, about="/reset/").text, server.base))
    mailbox.fill("input[name=new_password]", NEW_PASSWORD)
    mailbox.fill("input[name=confirm_password]", NEW_PASSWORD)
    press(mailbox, "#password-submit")
    mailbox.goto(f"{server.base}/sign-in")
    sign_in(mailbox, who, password=NEW_PASSWORD)
    mailbox.goto(f"{server.base}/account/history")
    expect(mailbox.locator("tbody")).to_contain_text("Akun tidak memiliki kata sandi.")  # what the thief met
    mailbox.goto(link)  # it works once
    expect(mailbox.locator("#not-me")).to_have_count(0)


def test_a_correction_from_the_question_to_its_answer(server: RunningServer, context: BrowserContext) -> None:
    who, page = arrange.employee(server, enrolled=False), context.new_page()
    office = f"bkd-{who.username}@medan.example"
    server.idp("contact", "set", "12.71", "personnel", office)
    page.goto(f"{server.base}/sign-in")
    sign_in(page, who)
    page.goto(f"{server.base}/account/data")
    page.select_option("#field", "grade")
    page.fill("#wanted", "III/d")
    page.fill("#note", "SK 821.23/1204")
    press(page, "#correction-submit")
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator("body")).to_contain_text("menunggu")
    assert "III/d" not in letter_to(server, office).text, "what is wanted stays inside"

    rows = json.loads(server.idp("correction", "list", "--government", "12.71", "--json"))
    (row,) = [one for one in rows if one["username"] == who.username]
    assert (row["field"], row["wanted"], row["note"]) == ("grade", "III/d", "SK 821.23/1204")
    server.idp("correction", "answer", row["id"], "accepted", "--text", "Sudah diperbaiki sesuai SK.")
    assert "Sudah diperbaiki sesuai SK." in letter_to(server, who.email, about="Sudah diperbaiki").text
    page.reload()
    expect(page.locator("body")).to_contain_text("Sudah diperbaiki sesuai SK.")
    expect(page.locator("[action$='/take-back']")).to_have_count(0)


def test_my_data_as_a_file_and_as_a_page(server: RunningServer, context: BrowserContext) -> None:
    who, page = arrange.employee(server), context.new_page()
    page.goto(f"{server.base}/sign-in")
    sign_in(page, who)
    page.goto(f"{server.base}/account/data")
    press(page, "#download")
    with page.expect_download() as waiting:
        page.click("#export-json")
    assert waiting.value.suggested_filename == "my-data.json"
    found = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert (found["identity"]["name"], found["identity"]["number"]) == (who.name, who.number)
    assert [one["kind"] for one in found["factors"]] == ["totp"] and len(found["sessions"]) == 1
    press(page, "#export-html")
    expect(page.locator("main")).to_contain_text(who.number)
    _in_words(page)
    page.goto(f"{server.base}/account/history")
    expect(page.locator("tbody tr", has_text="Data Anda diunduh")).to_have_count(2)


def _in_words(page: Page) -> None:
    text = page.locator("main").inner_text()
    assert "Masuk" in text and "Verifikasi dua langkah" in text
    assert not re.search(r"authn:|_at\b|None", text)
