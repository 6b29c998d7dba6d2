""""This was not me": the link of a letter, and the button in the history."""

from typing import Any

import pytest
from flask import Flask

from idp.clients.metadata import NewClient
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from tests.spec import spec
from tests.web.conftest import Siti
from tests.web.visitor import Visitor


def letters(unit: Any, name: str) -> list[dict[str, Any]]:
    """What waits in the outbox under a letter's name, oldest first."""
    import json

    from sqlalchemy import text

    with unit() as services:
        rows = services.session.execute(text("SELECT id, sealed FROM outbox WHERE kind = 'mail' ORDER BY id")).all()
        payloads = [json.loads(services.deps.sealer.open(row.sealed, f"outbox:{row.id}")) for row in rows]
    return [one for one in payloads if one.get("letter") == name]


@pytest.fixture
def told(unit: Any, siti: Siti) -> None:
    """Kota Medan has a security contact."""
    with unit() as services:
        services.contacts.set(OPERATOR, "12.71", "security", "csirt@medan.example.go.id", "en")


@pytest.fixture
def thief(visitor: Visitor, another: Visitor, siti: Siti, told: None) -> Visitor:
    """Siti is signed in on her own browser; somebody signs in as her on another."""
    assert visitor.sign_in().status_code == 303
    assert another.sign_in().status_code == 303
    return another


def link_of(unit: Any) -> str:
    path: str = letters(unit, "new_device")[-1]["params"]["link"].removeprefix("http://localhost:8000")
    return path


@spec("ASVS 5.0", "6.3.5")
def test_looking_changes_nothing_and_the_button_ends_the_session(visitor: Visitor, thief: Visitor, app: Flask, unit: Any) -> None:
    path, nobody = link_of(unit), Visitor(app.test_client())
    for _ in range(3):
        page = nobody.get(path)
        assert page.status_code == 200 and "Ini bukan saya" in page.text and page.headers["Cache-Control"] == "no-store"
    assert thief.get("/account").status_code == 200
    done = nobody.post(path)
    assert (done.status_code, done.headers["Location"]) == (303, "/not-me/done")
    assert thief.get("/account").status_code == 303, "that session has ended"
    assert visitor.get("/account").status_code == 200, "her own goes on"
    assert nobody.get("/account").status_code == 303, "nobody is signed in by it"
    assert thief.sign_in().status_code == 400, "the password the thief knows opens nothing"
    alert = letters(unit, "security_alert")
    assert [one["to"] for one in alert] == ["csirt@medan.example.go.id"] and alert[0]["locale"] == "en"


def test_the_way_back_is_the_link_for_a_new_password(visitor: Visitor, thief: Visitor, unit: Any, siti: Siti) -> None:
    visitor.post(link_of(unit))
    reset = letters(unit, "reset")[-1]
    assert reset["to"] == "siti@example.go.id" and reset["params"]["locked"]
    path = reset["params"]["link"].removeprefix("http://localhost:8000")
    new = "kuda hitam berlari cepat"
    assert visitor.post(path, new_password=new, confirm_password=new).headers["Location"] == "/reset/done"
    assert visitor.sign_in(password=new).status_code == 303
    with unit() as services:
        person = services.people.get(siti.id)
        assert person is not None and person.email_verified_at is not None, "the link came by that mailbox"


@spec("attacks.md", "M4")
def test_the_link_works_once_for_a_week_and_for_nothing_else(visitor: Visitor, thief: Visitor, unit: Any, clock: FrozenClock) -> None:
    path = link_of(unit)
    token = path.rpartition("/")[2]
    for other in (f"/reset/{token}", f"/activate/{token}"):
        assert visitor.get(other).status_code == 404
    assert visitor.get("/not-me/" + "A" * 43).status_code == 404
    clock.advance(seconds=7 * 24 * 3600 + 1)
    assert visitor.get(path).status_code == 404
    clock.advance(seconds=-7 * 24 * 3600 - 1)
    assert visitor.post(path).status_code == 303
    assert visitor.get(path).status_code == 404
    assert visitor.post(path, page="/forgot-password").status_code == 404
    assert len(letters(unit, "security_alert")) == 1


def test_a_reset_link_is_no_not_me_link(visitor: Visitor, siti: Siti, unit: Any) -> None:
    visitor.post("/forgot-password", username=siti.username)
    token = letters(unit, "reset")[-1]["params"]["link"].rpartition("/")[2]
    assert visitor.get(f"/not-me/{token}").status_code == 404


@spec("attacks.md", "S4")
def test_a_form_of_another_site_does_nothing(visitor: Visitor, thief: Visitor, unit: Any) -> None:
    path = link_of(unit)
    assert visitor.send(path, "made up").status_code in (400, 403)
    assert thief.get("/account").status_code == 200


def test_a_shared_computer_is_told_of_too(visitor: Visitor, another: Visitor, siti: Siti, unit: Any) -> None:
    visitor.sign_in()
    answer = another.sign_in(shared_computer="y")
    cookies = " ".join(answer.headers.getlist("Set-Cookie"))
    assert "idp_device" not in cookies
    session = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("idp_session"))
    assert "Expires" not in session and "Max-Age" not in session, "it ends with the browser"
    assert len(letters(unit, "new_device")) == 1
    with unit() as services:
        row = next(one for one in services.sessions.list(siti.id) if one.shared_computer)
        assert row.idle_seconds == 15 * 60


def test_the_history_has_the_button(visitor: Visitor, thief: Visitor, unit: Any, siti: Siti) -> None:
    import re

    page = visitor.get("/account/history").text
    paths = re.findall(r'href="(/account/history/\d+/not-me)"', page)
    assert len(paths) == 2
    assert visitor.get(paths[0]).status_code == 200 and thief.get("/account").status_code == 200
    assert visitor.post(paths[0]).headers["Location"] == "/account/history"
    assert thief.get("/account").status_code == 303 and visitor.get("/account").status_code == 200
    assert len(letters(unit, "security_alert")) == 1
    visitor.post(paths[0])
    assert len(letters(unit, "security_alert")) == 1, "said once"


def test_a_failed_attempt_is_told_without_locking(visitor: Visitor, another: Visitor, siti: Siti, told: None, unit: Any) -> None:
    import re

    another.sign_in(password="not this one at all")
    visitor.sign_in()
    page = visitor.get("/account/history").text
    assert "Masuk ditolak" in page and "Kata sandi tidak sesuai." in page
    path = re.findall(r'href="(/account/history/\d+/not-me)"', page)[-1]
    visitor.post(path)
    assert letters(unit, "security_alert")[0]["params"]["failed"] is True
    assert visitor.sign_in(path="/sign-in?again=1").status_code == 303, "the password still works"


@spec("attacks.md", "X4")
def test_nobody_denies_what_happened_to_another(visitor: Visitor, another: Visitor, siti: Siti, unit: Any) -> None:
    import re

    visitor.sign_in()
    paths = re.findall(r'href="(/account/history/\d+/not-me)"', visitor.get("/account/history").text)
    with unit() as services:
        budi = services.people.create(OPERATOR, NewPerson(username="budi", name="Budi Lubis", government_code="12.71", status="active"))
        services.passwords.set(OPERATOR, budi, "awan putih berarak jauh")
    another.sign_in("budi", "awan putih berarak jauh")
    assert another.get(paths[0]).status_code == 404
    assert another.post(paths[0], page="/account/sessions").status_code == 404
    assert another.get("/account/history/99999999999999999999/not-me").status_code == 404
    assert visitor.get("/account").status_code == 200


def test_the_history_is_paged(visitor: Visitor, siti: Siti, unit: Any) -> None:
    from idp.audit.tags import Tag
    from idp.kernel.actor import SYSTEM

    visitor.sign_in()
    with unit() as services:
        for _ in range(60):
            services.audit.record(Tag.LINK_SEND, SYSTEM, subject=("person", siti.id), government="12.71")
    first = visitor.get("/account/history").text
    assert first.count("<tr><td") == 50 and 'id="older"' in first
    import re

    older = re.search(r'id="older" href="([^"]+)"', first)
    assert older is not None
    second = visitor.get(older[1]).text
    assert 10 < second.count("<tr><td") < 50 and 'id="older"' not in second
    assert visitor.get("/account/history?before=nonsense").status_code == 200


def test_the_session_list_names_applications_and_ends_everything(visitor: Visitor, another: Visitor, siti: Siti, unit: Any) -> None:
    visitor.sign_in()
    another.sign_in()
    with unit() as services:
        new = NewClient(client_id="cuti", name="Cuti Online", redirect_uris=("https://cuti.example.go.id/cb",), first_party=True)
        services.registry.create(OPERATOR, new)
    where = "/authorize?response_type=code&client_id=cuti&redirect_uri=https://cuti.example.go.id/cb&scope=openid&state=x&nonce=n"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    code = visitor.get(f"{where}&code_challenge={challenge}&code_challenge_method=S256")
    assert "code=" in code.headers["Location"], code.headers["Location"]
    with unit() as services:
        services.session.connection().exec_driver_sql("UPDATE grants SET code_used_at = created_at")
    assert "Aplikasi: Cuti Online" in visitor.get("/account/sessions").text
    answer = visitor.post("/account/sessions/end-all", page="/account/sessions")
    assert answer.headers["Location"] == "/sign-in"
    assert visitor.get("/account").status_code == 303 and another.get("/account").status_code == 303


def test_beyond_the_limit_the_session_used_longest_ago_ends(app: Flask, visitor: Visitor, another: Visitor, siti: Siti) -> None:
    deps = app.deps  # type: ignore[attr-defined]
    object.__setattr__(deps, "settings", deps.settings.model_copy(update={"session_limit": 1}))
    visitor.sign_in()
    another.sign_in()
    assert visitor.get("/account").status_code == 303
    assert "lebih banyak perangkat" in another.get("/account").text


