"""The 34 governments and their units: a tree with validity and successors."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory.days import today
from idp.directory.models import Government, Unit
from idp.directory.naming import display
from idp.directory.store import DirectoryStore
from idp.directory.vocabulary import UnitKind
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotFound
from idp.kernel.randomness import Randomness, new_id

# Spellings met in older exports, and the name of today.
_OLD_SPELLINGS = {
    "tobasamosir": "toba",
    "padangsidempuan": "padangsidimpuan",
}
_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,38}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Region:
    """One line of regions.csv (Ministry of Home Affairs codes)."""

    code: str
    name: str
    kind: str
    residents: int


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to create; parent_id None stands directly under its government."""

    government_code: str
    code: str
    name: str
    kind: str = UnitKind.OTHER
    parent_id: str | None = None
    valid_from: date | None = None


def regions() -> list[Region]:
    """The province and its 33 regencies and cities, as shipped."""
    with files("idp.directory").joinpath("regions.csv").open(encoding="utf-8") as lines:
        return [Region(row["code"], row["name"], row["kind"], int(row["residents_2024"])) for row in csv.DictReader(lines)]


class Organisations:
    """Verbs about governments and units."""

    def __init__(self, store: DirectoryStore, audit: AuditLog, clock: Clock, randomness: Randomness) -> None:
        self._store, self._audit, self._clock, self._randomness = store, audit, clock, randomness

    # -- governments ---------------------------------------------------------------------------------------------

    def seed(self, actor: Actor) -> int:
        """Put in the governments that are missing; gives how many. Names somebody changed stay."""
        known = {government.code for government in self._store.governments()}
        missing = [region for region in regions() if region.code not in known]
        if missing:
            self._audit.record(Tag.GOVERNMENTS_SEED, actor, count=len(missing))
            self._store.add(*(Government(code=one.code, name=one.name, kind=one.kind, residents=one.residents) for one in missing))
        return len(missing)

    def governments(self) -> list[Government]:
        """All, by code."""
        return self._store.governments()

    def government(self, code: str) -> Government | None:
        """By its code, such as ``12.71``."""
        return self._store.government(code)

    def find_government(self, text: str) -> Government | None:
        """By code or by name in any spelling met at import; None when the name alone fits a regency and a city."""
        exact = self._store.government(text.strip()[:5]) if len(text.strip()) <= 5 else None
        if exact is not None:
            return exact
        kind, bare = _name_key(text)
        found = [one for one in self._store.governments() if _name_key(one.name)[1] == bare and kind in (None, _name_key(one.name)[0])]
        return found[0] if len(found) == 1 else None

    # -- units ---------------------------------------------------------------------------------------------------

    def add_unit(self, actor: Actor, new: NewUnit) -> Unit:
        """A unit; raises Invalid (unknown government, kind, parent, bad code) or Conflict (an open unit has the code)."""
        if self._store.government(new.government_code) is None:
            raise Invalid("government.unknown", "government: there is no government with this code", field="government")
        if not _CODE.fullmatch(new.code):
            raise Invalid("unit.code", "code: 1-40 letters, digits and . _ / - inside", field="code")
        if new.kind not in list(UnitKind):
            raise Invalid("unit.kind", f"kind: one of {', '.join(UnitKind)}", field="kind")
        if new.parent_id is not None:
            self._parent(new.parent_id, new.government_code)
        if self._store.unit_by_code(new.government_code, new.code):
            raise Conflict("unit.taken", "code: another unit of this government has it", field="code")
        unit = Unit(
            id=new_id(self._randomness, self._clock.now()), government_code=new.government_code, parent_id=new.parent_id,
            code=new.code, name=self._name(new.name), kind=str(new.kind), valid_from=new.valid_from or today(self._clock),
            valid_to=None, successor_id=None,
        )  # fmt: skip
        self._record(actor, unit, "create")
        self._store.add(unit)
        return unit

    def rename_unit(self, actor: Actor, unit_id: str, name: str) -> Unit:
        """The same unit under another name (a new decree that changes no more than that)."""
        unit = self._open(unit_id)
        unit.name = self._name(name)
        self._record(actor, unit, "rename")
        self._store.save()
        return unit

    def move_unit(self, actor: Actor, unit_id: str, parent_id: str | None) -> Unit:
        """Another parent in the same government; Conflict when that would make a circle."""
        unit = self._open(unit_id)
        if parent_id is not None:
            self._parent(parent_id, unit.government_code)
            if unit.id in self._store.unit_line([parent_id]):
                raise Conflict("unit.circle", "parent: a unit cannot stand below itself", field="parent")
        unit.parent_id = parent_id
        self._record(actor, unit, "move")
        self._store.save()
        return unit

    def close_unit(self, actor: Actor, unit_id: str, *, day: date | None = None, successor_id: str | None = None) -> Unit:
        """The unit ends: `day` (default today) is the first day without it; its successor takes over its open children.

        Raises Conflict when open units stand below it and there is no successor to take them.
        """
        unit, end = self._open(unit_id), day or today(self._clock)
        if end <= unit.valid_from:
            raise Invalid("unit.dates", "day: it must be after the unit began", field="day")
        if successor_id is not None:
            self._successor(unit, successor_id)
        children = [child for child in self._store.open_children(unit.id) if child.id != successor_id]
        if children and successor_id is None:
            raise Conflict("unit.children", "open units stand below it: close or move them, or name a successor")
        for child in children:
            child.parent_id = successor_id
            self._record(actor, child, "move")
        unit.valid_to, unit.successor_id = end, successor_id
        self._record(actor, unit, "close")
        self._store.save()
        return unit

    def unit(self, unit_id: str) -> Unit | None:
        """By id, closed ones too."""
        return self._store.unit(unit_id)

    def unit_by_code(self, government_code: str, code: str) -> Unit:
        """The open unit with this code; raises Invalid (field ``unit``)."""
        unit = self._store.unit_by_code(government_code, code)
        if unit is None:
            raise Invalid("unit.unknown", "unit: there is no such unit in this government", field="unit")
        return unit

    def units(self, government_code: str, *, day: date | None = None) -> list[Unit]:
        """Units of a government that exist on a day (default today)."""
        return self._store.units(government_code, day or today(self._clock))

    def line(self, *unit_ids: str) -> tuple[str, ...]:
        """These units and all above them: where a rule or role for "this unit and below" is looked up."""
        return self._store.unit_line(unit_ids)

    def _open(self, unit_id: str) -> Unit:
        unit = self._store.unit(unit_id)
        if unit is None:
            raise NotFound("unit.unknown", "there is no such unit")
        if unit.valid_to is not None:
            raise Conflict("unit.closed", "the unit has ended")
        return unit

    def _parent(self, parent_id: str, government_code: str) -> None:
        parent = self._store.unit(parent_id)
        if parent is None or parent.valid_to is not None or parent.government_code != government_code:
            raise Invalid("unit.parent", "parent: there is no such open unit in this government", field="parent")

    def _successor(self, unit: Unit, successor_id: str) -> None:
        self._parent(successor_id, unit.government_code)
        line = self._store.unit_line([successor_id])
        if successor_id == unit.id or (unit.id in line and self._must(successor_id).parent_id != unit.id):
            raise Conflict("unit.circle", "successor: it must not be the unit itself or stand deep below it", field="successor")
        if unit.id in line:
            self._must(successor_id).parent_id = unit.parent_id

    def _must(self, unit_id: str) -> Unit:
        unit = self._store.unit(unit_id)
        if unit is None:
            raise NotFound("unit.unknown", "there is no such unit")
        return unit

    @staticmethod
    def _name(text: str) -> str:
        name = display(text, "name")
        if name is None:
            raise Invalid("name.empty", "name: it is empty", field="name")
        return name

    def _record(self, actor: Actor, unit: Unit, what: str) -> None:
        self._audit.record(Tag.UNIT_CHANGE, actor, subject=("unit", unit.id), government=unit.government_code, change=what, name=unit.name)


def _name_key(text: str) -> tuple[str | None, str]:
    """(kind if said, name without kind, spaces and punctuation)."""
    words = re.sub(r"[^a-z ]", " ", unicodedata.normalize("NFKC", text).casefold()).split()
    kinds = {"kabupaten": "kabupaten", "kab": "kabupaten", "kota": "kota", "provinsi": "province", "prov": "province"}
    kind = kinds.get(words[0]) if words else None
    bare = "".join(words[1:] if kind else words)
    return kind, _OLD_SPELLINGS.get(bare, bare)
