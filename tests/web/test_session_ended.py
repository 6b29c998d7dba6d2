"""A session that ended: the page to sign in says why, to its own browser only, and leads back to where the person was."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.authn.models import BrowserSession
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from tests.spec import spec
from tests.web.conftest import Siti
from tests.web.visitor import NUMBER, Visitor, code_at, token_of


def why(visitor: Visitor, path: str = "/account/history") -> str:
    """Ask for a page behind the sign-in; what the sign-in page says above its form."""
    answer = visitor.get(path)
    assert answer.status_code == 303
    page = visitor.get(answer.headers["Location"]).text
    found = re.search(r'role="status"><p>([^<]+)', page)
    return found[1] if found else ""


@spec("ASVS", "7.3.1")
def test_after_idle_time_it_says_so_and_leads_back(visitor: Visitor, siti: Siti, clock: FrozenClock) -> None:
    visitor.sign_in()
    clock.advance(seconds=61 * 60)
    assert "tidak digunakan" in why(visitor)
    where = visitor.get("/account/history?x=1").headers["Location"]
    assert visitor.sign_in(path=where).headers["Location"] == "/account/history?x=1"
    assert visitor.get("/account/history").status_code == 200


@spec("ASVS", "7.3.2")
def test_after_the_longest_time_it_says_so(visitor: Visitor, siti: Siti, clock: FrozenClock, unit: Any) -> None:
    visitor.sign_in()
    for _ in range(12 * 60 // 50 + 1):
        clock.advance(seconds=50 * 60)
        answer = visitor.get("/account")
    assert answer.status_code == 303
    assert "waktu terbatas" in why(visitor)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("ended_by_person", "dari perangkat lain"),
        ("password_reset", "kata sandi akun ini diubah"),
        ("factors_reset", "verifikasi dua langkah"),
        ("session_limit", "lebih banyak perangkat"),
        ("not_me", "Sesi Anda telah berakhir"),
        ("disabled", "Sesi Anda telah berakhir"),
        ("retired", "Sesi Anda telah berakhir"),
    ],
)
def test_each_end_has_its_sentence(visitor: Visitor, siti: Siti, unit: Any, reason: str, said: str) -> None:
    visitor.sign_in()
    with unit() as services:
        services.leave.end_all(OPERATOR, siti.id, reason)
    assert said in why(visitor)
    assert siti.username not in visitor.get("/sign-in").text and "Siti" not in visitor.get("/sign-in").text


def test_in_english_too(visitor: Visitor, siti: Siti, clock: FrozenClock) -> None:
    visitor.sign_in()
    visitor.post("/language", page="/account", language="en", return_to="/")
    clock.advance(seconds=61 * 60)
    assert why(visitor).startswith("You were signed out because you had not used")


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "é" * 20, "\\0", "a" * 400])
def test_a_stranger_is_told_nothing(visitor: Visitor, another: Visitor, siti: Siti, clock: FrozenClock, token: str) -> None:
    visitor.sign_in()
    clock.advance(seconds=61 * 60)
    another.client.set_cookie("idp_session", token, domain="localhost")
    assert why(another) == ""
    assert why(visitor) != ""  # the same page, kept in one process, is not shown to the other
    assert why(another) == ""


def test_a_reason_cannot_be_forged_by_a_link(visitor: Visitor) -> None:
    assert 'role="status"' not in visitor.get("/sign-in?lost=1&ended=password").text


@pytest.mark.parametrize(
    ("form", "back"), [("/account/password", "/account/password"), ("/account/sessions/x/end", "/account/sessions"), ("/favourites", "/")]
)
def test_a_form_sent_too_late_leads_back_to_its_page_and_says_that_it_was_lost(
    visitor: Visitor, siti: Siti, clock: FrozenClock, form: str, back: str
) -> None:
    visitor.sign_in()
    token = token_of(visitor.get("/account/sessions"))
    clock.advance(seconds=61 * 60)
    answer = visitor.send(form, token, new="x")
    assert answer.status_code == 303
    where = answer.headers["Location"]
    assert parse_qs(urlsplit(where).query)["return_to"] == [back]
    assert "tidak tersimpan" in visitor.get(where).text
    assert visitor.sign_in(path=where).headers["Location"] == back


def test_a_change_that_needs_a_fresh_proof_offers_the_page_to_give_it(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    visitor.sign_in()
    visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    token = token_of(visitor.get("/account/recovery-codes"))
    clock.advance(seconds=6 * 60)
    answer = visitor.send("/account/recovery-codes", token)
    assert answer.status_code == 403 and 'id="again" href="/account/recovery-codes"' in answer.text
    where = visitor.get("/account/recovery-codes").headers["Location"]
    assert "again=1" in where and siti_with_app.username in visitor.get(where).text


def test_the_end_of_a_session_is_kept_apart_from_its_person(visitor: Visitor, siti: Siti, unit: Any, clock: FrozenClock) -> None:
    visitor.sign_in()
    with unit() as services:
        services.session.query(BrowserSession).update({"expires_at": clock.now() - timedelta(seconds=1)})
        services.people.disable(OPERATOR, siti.id)
    assert "waktu terbatas" in why(visitor)
    assert visitor.sign_in(NUMBER).status_code == 400
