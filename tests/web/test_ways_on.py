"""Going back, two tabs, old forms, finished requests: each ends on a page with a way on, never on a raw error."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.portal.announcements import NewAnnouncement
from idp.portal.cards import CardChange
from tests.web.conftest import Siti
from tests.web.visitor import Visitor, code_at, token_of


@pytest.fixture
def apps(unit: Any, siti: Siti) -> None:
    with unit() as services:
        for name in ("one", "two"):
            new = NewClient(name, f"App {name}", redirect_uris=(f"https://{name}.example.go.id/cb",), first_party=True)
            services.registry.create(OPERATOR, new)
        services.cards.change(OPERATOR, "one", CardChange(contact="Diskominfo Medan (061-123)"))


def authorize(client_id: str, **more: str) -> str:
    challenge = urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    query = {
        "client_id": client_id, "redirect_uri": f"https://{client_id}.example.go.id/cb", "response_type": "code",
        "scope": "openid profile", "code_challenge": challenge, "code_challenge_method": "S256", **more,
    }  # fmt: skip
    return "/authorize?" + urlencode(query)


def begin(visitor: Visitor, client_id: str) -> str:
    """The sign-in page of a request."""
    return str(visitor.get(visitor.get(authorize(client_id)).headers["Location"]).headers["Location"])


def test_two_tabs_each_end_at_the_application_they_began_with(
    visitor: Visitor, apps: None, siti_with_app: Siti, clock: FrozenClock
) -> None:
    first, second = begin(visitor, "one"), begin(visitor, "two")
    code_one = visitor.sign_in(path=first).headers["Location"]
    code_two = visitor.sign_in(path=second).headers["Location"]  # its half-done sign-in replaces the first tab's
    done = visitor.post(code_one, code=code_at(siti_with_app.secret or "", clock)).headers["Location"]
    assert visitor.get(done).headers["Location"].startswith("https://one.example.go.id/cb?code=")
    late = visitor.send(code_two, token_of(visitor.get("/")), code="000000").headers["Location"]
    assert visitor.get(late).headers["Location"].startswith("https://two.example.go.id/cb?code=")


def test_a_tab_reloaded_after_another_signed_in_goes_on(visitor: Visitor, apps: None) -> None:
    first, second = begin(visitor, "one"), begin(visitor, "two")
    visitor.sign_in(path=first)
    on = visitor.get(second).headers["Location"]
    assert visitor.get(on).headers["Location"].startswith("https://two.example.go.id/cb?code=")


def test_a_finished_request_reopened_says_so_and_leads_back_to_its_application(visitor: Visitor, another: Visitor, apps: None) -> None:
    page = begin(visitor, "one")
    ref = visitor.sign_in(path=page).headers["Location"]
    assert visitor.get(ref).status_code == 303
    again = visitor.get(ref)
    assert again.status_code == 400
    assert "Proses masuk ini telah berakhir" in again.text and 'id="open-app" href="https://one.example.go.id"' in again.text
    assert visitor.get(page).headers["Location"] == ref  # back to the sign-in form: the same page, not a form that leads nowhere
    assert "App one" not in another.get(ref).text  # another browser is not told whose it was


def test_a_sign_in_that_took_too_long_begins_again_for_the_same_application(
    visitor: Visitor, apps: None, siti_with_app: Siti, clock: FrozenClock
) -> None:
    code = visitor.sign_in(path=begin(visitor, "one")).headers["Location"]
    clock.advance(seconds=11 * 60)
    page = visitor.get(visitor.get(code).headers["Location"]).text
    assert "Waktu Anda habis" in page and "App one" in page


def test_back_to_the_code_page_after_signing_in_leads_to_the_start_page(visitor: Visitor, siti_with_app: Siti, clock: FrozenClock) -> None:
    visitor.sign_in()
    visitor.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    assert visitor.get("/sign-in/code").headers["Location"] == "/"


def test_an_old_form_offers_its_page_again(visitor: Visitor) -> None:
    answer = visitor.send("/sign-in?return_to=/account", "stale", username="a", password="b")
    assert answer.status_code == 403
    assert 'id="again" href="/sign-in?return_to=/account"' in answer.text and 'id="incident"' in answer.text


def test_an_applications_fault_says_whom_to_tell_and_keeps_the_code(visitor: Visitor, apps: None) -> None:
    answer = visitor.get(authorize("one", redirect_uri="https://evil.test/cb"))
    assert answer.status_code == 400
    assert "Diskominfo Medan (061-123)" in answer.text and "invalid_request" in answer.text and "//evil.test" not in answer.text
    assert visitor.get(authorize("\0" * 5)).status_code == 400


def test_choosing_an_account_shows_who_is_signed_in_and_what_is_received(visitor: Visitor, apps: None) -> None:
    visitor.sign_in()
    page = visitor.get(visitor.get(visitor.get(authorize("one", prompt="select_account")).headers["Location"]).headers["Location"]).text
    assert "siti.harahap" in page and 'id="receives"' in page and "Nama lengkap" in page


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/favourites", 405), ("/logo/x.png", 404)])
def test_every_error_has_an_incident_number_and_a_way_on(visitor: Visitor, path: str, status: int) -> None:
    answer = visitor.get(path)
    assert answer.status_code == status and 'id="incident"' in answer.text and 'href="/"' in answer.text


def test_what_is_too_large_is_said_in_words(visitor: Visitor) -> None:
    answer = visitor.send("/sign-in", "x", username="a" * 70_000)
    assert answer.status_code == 413 and "terlalu besar" in answer.text and 'id="incident"' in answer.text


def test_an_announcement_reaches_the_sign_in_page_and_leaves_it(visitor: Visitor, siti: Siti, unit: Any, clock: FrozenClock) -> None:
    assert "Pemeliharaan" not in visitor.get("/sign-in").text
    with unit() as services:
        said = services.announcements.say(OPERATOR, NewAnnouncement("Maintenance", "Pemeliharaan", "warning", on_sign_in=True))
        services.announcements.say(OPERATOR, NewAnnouncement("Inside", "Di dalam"))
    clock.advance(seconds=6)
    page = visitor.get("/sign-in").text
    assert "Pemeliharaan" in page and "Di dalam" not in page
    with unit() as services:
        services.announcements.end(OPERATOR, said.id)
    assert "Pemeliharaan" not in visitor.get("/sign-in").text


def test_confirming_shows_who_is_signed_in_what_is_received_and_leads_to_another_account(
    visitor: Visitor, apps: None, clock: FrozenClock
) -> None:
    visitor.sign_in()
    clock.advance(seconds=5)
    ref = visitor.get(authorize("one", prompt="login")).headers["Location"]
    where = visitor.get(ref).headers["Location"]
    page = visitor.get(where).text
    assert "again=1" in where and "siti.harahap" in page and 'id="receives"' in page and 'id="account-another"' in page
    refused = visitor.sign_in(path=where, password="wrong")
    assert refused.status_code == 400 and 'id="account-another"' in refused.text  # the way on stays
    other = visitor.post("/sign-in/another?" + where.partition("?")[2], page=where)
    assert visitor.get(other.headers["Location"]).status_code == 200
    fresh = visitor.get(other.headers["Location"]).text
    assert "siti.harahap" not in fresh and "App one" in fresh and 'id="account-another"' not in fresh
    assert visitor.get("/account").status_code == 303  # signed out
    back = visitor.sign_in(path=other.headers["Location"]).headers["Location"]
    assert visitor.get(back).headers["Location"].startswith("https://one.example.go.id/cb?code=")


def test_another_account_for_a_page_of_ours_comes_back_to_it(visitor: Visitor, siti: Siti, clock: FrozenClock) -> None:
    visitor.sign_in()
    where = "/sign-in?again=1&return_to=/account/password"
    assert 'id="receives"' not in visitor.get(where).text  # no application asks
    other = visitor.post("/sign-in/another?return_to=/account/password", page=where).headers["Location"]
    assert visitor.sign_in(path=other).headers["Location"] == "/account/password"
    evil = visitor.send("/sign-in/another?return_to=//evil.test&flow=%00", token_of(visitor.get("/account/sessions"))).headers["Location"]
    assert "evil" not in evil


def test_nobody_is_signed_out_by_another_site(visitor: Visitor, siti: Siti) -> None:
    visitor.sign_in()
    assert visitor.send("/sign-in/another", "stale").status_code == 403
    assert visitor.get("/account").status_code == 200
