"""Dated posts of people in units."""

from datetime import date

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory.days import today
from idp.directory.models import Assignment
from idp.directory.naming import display
from idp.directory.store import DirectoryStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid, NotFound
from idp.kernel.randomness import Randomness, new_id

ACTING = frozenset({"Plt.", "Plh.", "Pj."})


class Assignments:
    """Writes assignments; several may be valid at once, one of them primary."""

    def __init__(self, store: DirectoryStore, audit: AuditLog, clock: Clock, randomness: Randomness) -> None:
        self._store, self._audit, self._clock, self._randomness = store, audit, clock, randomness

    def assign(
        self,
        actor: Actor,
        person_id: str,
        unit_id: str,
        *,
        position: str | None = None,
        position_kind: str | None = None,
        grade: str | None = None,
        acting: str | None = None,
        is_primary: bool = True,
        valid_from: date | None = None,
        valid_to: date | None = None,
    ) -> str:
        """A post from `valid_from` (default today) until the day before `valid_to`; gives its id.

        A new primary post takes that place from the one before, which goes on beside it until it is ended.
        Raises Invalid for an unknown or closed unit, an acting word other than Plt., Plh., Pj., or dates in the wrong order.
        """
        start = valid_from or today(self._clock)
        unit = self._store.unit(unit_id)
        if unit is None or (unit.valid_to is not None and unit.valid_to <= start):
            raise Invalid("unit.unknown", "unit: there is no such unit, or it has ended", field="unit")
        if acting is not None and acting not in ACTING:
            raise Invalid("acting.unknown", "acting: one of Plt., Plh., Pj.", field="acting")
        if valid_to is not None and valid_to <= start:
            raise Invalid("assignment.dates", "valid_to: it must be after valid_from", field="valid_to")
        row = Assignment(
            id=new_id(self._randomness, self._clock.now()), person_id=person_id, unit_id=unit_id,
            position=display(position, "position"), position_kind=display(position_kind, "position_kind", longest=40),
            grade=display(grade, "grade", longest=8), acting=acting, is_primary=is_primary, valid_from=start, valid_to=valid_to,
        )  # fmt: skip
        self._record(actor, person_id, unit.government_code, "assign", unit_id)
        if is_primary:
            self._store.demote_primary(person_id)
        self._store.add(row)
        return row.id

    def end(self, actor: Actor, assignment_id: str, day: date | None = None) -> None:
        """The post ends; `day` (default today) is the first day without it. Raises NotFound."""
        row = self._store.assignment(assignment_id)
        if row is None:
            raise NotFound("assignment.unknown", "there is no such assignment")
        unit = self._store.unit(row.unit_id)
        self._record(actor, row.person_id, unit.government_code if unit else None, "end", row.unit_id)
        row.valid_to = day or today(self._clock)
        self._store.save()

    def _record(self, actor: Actor, person_id: str, government: str | None, what: str, unit_id: str) -> None:
        self._audit.record(Tag.ASSIGNMENT_CHANGE, actor, subject=("person", person_id), government=government, change=what, unit_id=unit_id)
