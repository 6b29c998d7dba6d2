"""Each specification is a visible room: its docstring says what it keeps, its functions are there, and tests quote it."""

import json
import re
from types import ModuleType

import pytest
from click.testing import CliRunner

from idp.cli.rooms import TESTS, quotations, rooms
from idp.protocol.conf import Conf
from idp.protocol.contract import contract
from idp.protocol.rooms import ROOMS
from idp.tokens.ledger import Lifetimes

NAMES = [room.__name__.rsplit(".", 1)[1] for room in ROOMS]
QUOTED = quotations(TESTS)


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_a_room_names_its_specification_and_what_keeps_each_section(room: ModuleType) -> None:
    assert re.search(r"https://\S+$", (room.__doc__ or "").splitlines()[0])
    assert contract(room), "no section is listed"
    assert [kept for kept in contract(room) if not kept.is_kept_by(room)] == []


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_each_section_of_a_room_has_a_test_that_quotes_it(room: ModuleType) -> None:
    bare = [f"§{kept.section} {kept.what}" for kept in contract(room) if not any(kept.is_tested_by(*place) for place in QUOTED)]
    assert bare == [], f"no @spec({room.SPEC!r}, …) for: {bare}"


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_a_room_has_the_three_names(room: ModuleType) -> None:
    assert isinstance(room.SPEC, str)
    assert isinstance(room.metadata(Conf("https://sso.example.org", Lifetimes())), dict)
    if hasattr(room, "register"):
        assert callable(room.register)


def test_the_command_prints_every_line_with_its_tests() -> None:
    rows = json.loads(CliRunner().invoke(rooms, ["--json"]).output)
    assert len(rows) == sum(len(contract(room)) for room in ROOMS)
    assert all(row["tests"] > 0 for row in rows)
    assert {"specification": "RFC 8628", "section": "3.1"}.items() <= next(r for r in rows if r["specification"] == "RFC 8628").items()
