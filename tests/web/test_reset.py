"""Forgotten passwords and activation."""

from typing import Any

from sqlalchemy import text

from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.kernel.randomness import digest
from tests.web.conftest import Siti
from tests.web.visitor import PASSWORD, Visitor, code_at

NEW = "kuda hitam berlari cepat"


def link(unit: Any) -> str:
    """The path of the link in the next letter about a password; other letters are passed over."""
    address = ""
    while not address:
        with unit() as services:
            work = services.outbox.claim()
        assert work is not None, "no letter with a link waits"
        address = str(work.payload["params"].get("link", "")) if work.payload["letter"] in ("reset", "activation") else ""
    assert address.startswith("http://localhost:8000/")
    return address.removeprefix("http://localhost:8000")


def test_the_answer_is_the_same_for_every_name(visitor: Visitor, siti: Siti) -> None:
    known = visitor.post("/forgot-password", username=siti.username)
    unknown = visitor.post("/forgot-password", username="nobody.at.all")
    assert known.status_code == unknown.status_code == 303
    assert known.headers["Location"] == unknown.headers["Location"] == "/forgot-password/sent"
    assert "Periksa email Anda" in visitor.get("/forgot-password/sent").text


def test_a_reset_sets_the_password_and_keeps_the_second_factor(
    visitor: Visitor, another: Visitor, siti_with_app: Siti, unit: Any, clock: FrozenClock
) -> None:
    another.sign_in()
    another.post("/sign-in/code", code=code_at(siti_with_app.secret or "", clock))
    visitor.post("/forgot-password", username=siti_with_app.username)
    path = link(unit)
    page = visitor.get(path)
    assert page.status_code == 200 and "Siti Harahap" in page.text
    weak = visitor.post(path, new_password="password1234", confirm_password="password1234")
    assert weak.status_code == 400
    assert visitor.post(path, new_password=NEW, confirm_password=NEW).headers["Location"] == "/reset/done"
    assert visitor.get("/account").status_code == 303, "a reset signs nobody in"
    assert another.get("/account").status_code == 303, "other sessions have ended"
    assert visitor.get(path).status_code == 404
    assert visitor.sign_in(password=NEW).headers["Location"] == "/sign-in/code"
    assert visitor.sign_in(password=PASSWORD).status_code == 400


def test_a_reset_keeps_only_this_device_known(visitor: Visitor, another: Visitor, siti: Siti, unit: Any) -> None:
    visitor.sign_in()
    another.sign_in()
    visitor.post("/forgot-password", username=siti.username)
    visitor.post(link(unit), new_password=NEW, confirm_password=NEW)
    mine, theirs = (one.client.get_cookie("idp_device") for one in (visitor, another))
    assert mine is not None and theirs is not None
    with unit() as services:
        known = [bytes(row) for row in services.session.execute(text("SELECT digest FROM known_devices")).scalars()]
    assert known == [digest(mine.value)]


def test_a_link_that_never_was_is_gone(visitor: Visitor) -> None:
    for path in ("/reset/xyz", "/activate/xyz", "/reset/" + "x" * 500):
        answer = visitor.get(path)
        assert answer.status_code == 404 and "tidak berlaku" in answer.text


def test_activation_by_code_and_by_pasted_link(visitor: Visitor, unit: Any, siti: Siti) -> None:
    with unit() as services:
        budi = services.people.create(OPERATOR, NewPerson(username="budi", name="Budi Lubis", government_code="12.71", status="invited"))
        given = services.links.send_activation(OPERATOR, budi)
    bad = visitor.post("/activate", code="nope")
    assert bad.status_code == 400 and 'id="code-error"' in bad.text
    answer = visitor.post("/activate", code=given)
    path = answer.headers["Location"]
    assert path == given.removeprefix("http://localhost:8000")
    assert visitor.post(path, new_password=NEW, confirm_password=NEW).headers["Location"] == "/activate/done"
    assert visitor.sign_in("budi", NEW).headers["Location"] == "/"
