"""The contract of a room, read from its docstring: which section of its specification is kept by which function."""

import re
from dataclasses import dataclass
from types import ModuleType

_LINE = re.compile(r"^§(\S+)\s+(.+?)\s{2,}(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of a contract. function: a name in the room, with a dot where it is a method."""

    spec: str
    section: str
    what: str
    function: str

    def is_kept_by(self, room: ModuleType) -> bool:
        """True when the room has what the line names."""
        found: object = room
        for part in self.function.split("."):
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True

    def is_tested_by(self, spec: str, section: str) -> bool:
        """True when a test that quotes this place is about this line: the section itself or a part of it."""
        return spec == self.spec and (section == self.section or section.startswith(self.section + "."))


def contract(room: ModuleType) -> tuple[Kept, ...]:
    """Every line of a room's docstring that names a section and a function."""
    return tuple(Kept(room.SPEC, *line.groups()) for line in _LINE.finditer(room.__doc__ or ""))
