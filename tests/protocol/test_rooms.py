"""Each specification is a visible room: its docstring says what it keeps, and its functions are there."""

import re
from types import ModuleType

import pytest

from idp.protocol.conf import Conf
from idp.protocol.rooms import ROOMS
from idp.tokens.ledger import Lifetimes

LINE = re.compile(r"^§(\S+)\s+(.+?)\s{2,}(\S+)$", re.MULTILINE)
NAMES = [room.__name__.rsplit(".", 1)[1] for room in ROOMS]


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_a_room_names_its_specification_and_what_keeps_each_section(room: ModuleType) -> None:
    text = room.__doc__ or ""
    first = text.splitlines()[0]
    assert re.search(r"https://\S+$", first)
    kept = LINE.findall(text)
    assert kept, "no section is listed"
    for section, _, where in kept:
        found: object = room
        for part in where.split("."):
            assert hasattr(found, part), f"§{section}: {where}"
            found = getattr(found, part)


@pytest.mark.parametrize("room", ROOMS, ids=NAMES)
def test_a_room_has_the_three_names(room: ModuleType) -> None:
    assert isinstance(room.SPEC, str)
    assert isinstance(room.metadata(Conf("https://sso.example.org", Lifetimes())), dict)
    if hasattr(room, "register"):
        assert callable(room.register)
