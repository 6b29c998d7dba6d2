"""`idp contact` and `idp correction`, on both databases: what they print, what they refuse, what they change."""

from typing import Any

import pytest

from idp.db.session import Database
from idp.wiring import Deps, Services
from tests.directory.test_cli import Run, run  # noqa: F401 - a fixture


@pytest.fixture
def asked(run: Run, deps: Deps) -> dict[str, Any]:  # noqa: F811
    """Rina of Kota Medan has asked for another grade; gives the row as `idp correction list` shows it."""
    code, told = run("user", "create", "--username", "rina", "--name", "Rina Siregar", "--government", "12.71")
    assert code == 0, told
    with deps.database.unit() as session:
        services = Services(deps, session)
        person = services.people.need("rina")
        from idp.kernel.actor import OPERATOR

        services.corrections.ask(OPERATOR, person, "grade", "III/d", "SK 2026")
    (row,) = run("correction", "list")[1]
    found: dict[str, Any] = row
    return found


def test_contacts_are_set_replaced_listed_and_removed(run: Run) -> None:  # noqa: F811
    assert run("contact", "list") == (0, [])
    code, row = run("contact", "set", "12.71", "security", "csirt@medan.example.go.id")
    assert code == 0
    assert row == {"government": "12.71", "purpose": "security", "email": "csirt@medan.example.go.id", "locale": "id"}
    code, row = run("contact", "set", "12.71", "security", "soc@medan.example.go.id", "--locale", "en")
    assert code == 0 and run("contact", "list") == (0, [row])
    assert run("contact", "remove", "12.71", "security") == (0, {"government": "12.71", "purpose": "security", "removed": True})
    assert run("contact", "list") == (0, [])
    code, error = run("contact", "remove", "12.71", "security")
    assert code == 2 and len(error.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("99.99", "security", "a@medan.example.go.id"), ("12.71", "gossip", "a@medan.example.go.id"), ("12.71", "security", "nobody"),
        ("12.71", "security", "a@medan.go.id\nBcc: b@example.org"), ("12.71", "security", "a@medan.go.id", "--locale", "xx"),
    ],
)  # fmt: skip
def test_a_bad_contact_is_refused_in_one_line(run: Run, arguments: tuple[str, ...]) -> None:  # noqa: F811
    code, error = run("contact", "set", *arguments)
    assert code == 2 and len(error.strip().splitlines()) == 1, error
    assert run("contact", "list") == (0, [])


def test_open_requests_are_listed_by_government(run: Run, asked: dict[str, Any]) -> None:  # noqa: F811
    assert {name: asked[name] for name in ("username", "government", "field", "wanted", "note", "state", "answer")} == {
        "username": "rina", "government": "12.71", "field": "grade", "wanted": "III/d", "note": "SK 2026", "state": "open", "answer": None,
    }  # fmt: skip
    assert run("correction", "list", "--government", "12.71") == (0, [asked])
    assert run("correction", "list", "--government", "12.01") == (0, [])


def test_a_request_is_answered_once(run: Run, asked: dict[str, Any], database: Database) -> None:  # noqa: F811
    assert run("correction", "answer", asked["id"], "accepted", "--text", "  ")[0] == 2
    assert run("correction", "answer", asked["id"], "perhaps", "--text", "Ya.")[0] == 2
    assert run("correction", "answer", "no-such-id", "accepted", "--text", "Ya.")[0] == 2
    assert run("correction", "list") == (0, [asked]), "nothing changed by what was refused"
    done = run("correction", "answer", asked["id"], "rejected", "--text", "SK belum ada.")
    assert done == (0, {"id": asked["id"], "field": "grade", "state": "rejected"})
    assert run("correction", "list") == (0, [])
    (row,) = run("correction", "list", "--all")[1]
    assert (row["state"], row["answer"]) == ("rejected", "SK belum ada.")
    code, error = run("correction", "answer", asked["id"], "accepted", "--text", "Ya.")
    assert code == 2 and len(error.strip().splitlines()) == 1
