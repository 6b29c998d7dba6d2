"""My data: known, corrected, received, taken along."""

import json
import re
from typing import Any

import pytest
from flask import Flask

from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.web.account import printed
from tests.spec import spec
from tests.web.conftest import Siti
from tests.web.test_not_me import letters
from tests.web.visitor import NUMBER, Visitor


@pytest.fixture
def mine(visitor: Visitor, siti: Siti, unit: Any) -> Visitor:
    with unit() as services:
        services.contacts.set(OPERATOR, "12.71", "personnel", "bkd@medan.example.go.id", "id")
    visitor.sign_in()
    return visitor


def ask(browser: Visitor, **values: str) -> Any:
    given = {"field": "grade", "wanted": "III/d", "note": "SK 2026", **values}
    return browser.post("/account/data/corrections", page="/account/data", **given)


def test_a_correction_is_asked_answered_and_told(mine: Visitor, unit: Any) -> None:
    assert ask(mine).headers["Location"] == "/account/data"
    opened = letters(unit, "correction_opened")
    assert opened[0]["to"] == "bkd@medan.example.go.id" and "III/d" not in json.dumps(opened), "no value in a letter to an office"
    page = mine.get("/account/data").text
    assert "III/d" in page and "menunggu" in page
    with unit() as services:
        (row,) = services.corrections.waiting("12.71")
        services.corrections.answer(OPERATOR, row.id, "accepted", "Sudah diperbaiki.")
    assert "Sudah diperbaiki." in mine.get("/account/data").text
    assert letters(unit, "correction_answered")[0]["to"] == "siti@example.go.id"


def test_one_open_request_a_field_and_only_known_fields(mine: Visitor) -> None:
    ask(mine)
    assert "sudah memintanya" in ask(mine).text
    assert ask(mine, field="password").status_code == 400
    assert ask(mine, field="name", wanted="").status_code == 400
    assert ask(mine, field="name", wanted="x" * 201).status_code == 400
    assert ask(mine, field="name", wanted="A\x00B").status_code == 400
    assert ask(mine, field="phone", note="a\x00b").status_code == 400


@spec("attacks.md", "S6")
def test_what_is_written_stays_text(mine: Visitor) -> None:
    ask(mine, wanted="<script>alert(1)</script>")
    assert "<script" not in mine.get("/account/data").text


def test_nobody_takes_back_the_request_of_another(mine: Visitor, another: Visitor, unit: Any) -> None:
    ask(mine)
    path = re.search(r'"(/account/data/corrections/\w+/take-back)"', mine.get("/account/data").text)
    assert path is not None
    with unit() as services:
        budi = services.people.create(OPERATOR, NewPerson(username="budi", name="Budi Lubis", government_code="12.71", status="active"))
        services.passwords.set(OPERATOR, budi, "awan putih berarak jauh")
    another.sign_in("budi", "awan putih berarak jauh")
    assert another.post(path[1], page="/account/sessions").status_code == 404
    assert "menunggu" in mine.get("/account/data").text and "III/d" not in another.get("/account/data").text
    assert mine.post(path[1], page="/account/data").status_code == 303
    assert mine.post(path[1], page="/account/data").status_code == 404, "once"


@spec("ASVS 5.0", "7.5.1")
def test_the_download_needs_a_fresh_sign_in_and_is_recorded(mine: Visitor, unit: Any, siti: Siti, clock: FrozenClock) -> None:
    ask(mine)
    answer = mine.post("/account/data/download", form="json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    found = json.loads(answer.text)
    assert found["identity"]["number"] == NUMBER and found["corrections"][0]["wanted"] == "III/d"
    assert {"assignments", "roles", "factors", "sessions", "received", "consents", "history", "schema", "made_at"} <= found.keys()
    assert "authn:session:start" in {event["event"] for event in found["history"]}
    assert not re.search(r"argon2|token_digest|subject_seed|sealed", answer.text)
    page = mine.post("/account/data/download", form="html")
    assert page.status_code == 200 and "Identitas" in page.text and NUMBER in page.text
    assert "Status kepegawaian" in page.text and "Perbaikan data diminta" in page.text
    assert not re.search(r"authn:|directory:|created_at|employment_status|\bNone\b", page.text), "people's words, not ours"
    assert "Data Anda diunduh" in mine.get("/account/history").text
    clock.advance(seconds=400)
    assert mine.get("/account/data/download").headers["Location"].startswith("/sign-in?")
    assert mine.post("/account/data/download", page="/account/data", form="json").status_code == 403


def test_every_field_of_the_file_is_documented(mine: Visitor) -> None:
    from pathlib import Path

    page = Path("docs/my-data.md").read_text(encoding="utf-8")
    found = json.loads(mine.post("/account/data/download", form="json").text)
    for name in (*found, *found["identity"]):
        assert f"`{name}`" in page, name


def test_the_printed_page_names_each_kind_of_device(app: Flask) -> None:
    """As the download does in the words of machines."""
    made = {"name": "HP", "created_at": None, "last_used_at": None}
    found = {"factors": [{**made, "kind": "totp"}, {**made, "kind": "passkey"}], "recovery_codes_left": 3}
    with app.test_request_context("/", base_url="http://localhost:8000"):
        kinds = [row[1] for row in printed._factors(found).rows]
    assert kinds == ["Aplikasi autentikator", "Passkey atau kunci keamanan"]
