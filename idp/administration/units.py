"""Units as administrators change them, and people as they are moved between units.

Whoever moves a unit hands it to those who administer the new place. So a mover must reach both places, and must hold whatever the roles
there allow: nobody gives by moving what they could not give directly.
"""

from collections.abc import Iterable
from datetime import date

from idp.administration.errors import RightMissing
from idp.administration.scope import Scope
from idp.directory.models import Person, Unit
from idp.directory.orgs import NewUnit, Organisations
from idp.directory.people import People
from idp.directory.store import DirectoryStore
from idp.kernel.actor import Actor
from idp.policy.permissions import Officer, Permission, Place, Role, dominates

_WRITE = Permission.UNIT_WRITE


class Units:
    """Creates, renames, moves, closes; assigns people."""

    def __init__(self, scope: Scope, organisations: Organisations, people: People, directory: DirectoryStore) -> None:
        self._scope, self._organisations, self._people, self._directory = scope, organisations, people, directory

    def add(self, actor: Actor, officer: Officer, new: NewUnit) -> Unit:
        """A unit below one the officer may change, or directly below a government that is wholly theirs."""
        self._below(officer, new.government_code, new.parent_id)
        return self._organisations.add_unit(actor, new)

    def rename(self, actor: Actor, officer: Officer, unit_id: str, name: str) -> Unit:
        """Another name."""
        return self._organisations.rename_unit(actor, self._scope.unit(officer, unit_id, _WRITE).id, name)

    def move(self, actor: Actor, officer: Officer, unit_id: str, parent_id: str | None) -> Unit:
        """Another parent; see the head of this file."""
        unit = self._scope.unit(officer, unit_id, _WRITE)
        self._below(officer, unit.government_code, parent_id)
        self._hands_over(officer, [unit], parent_id)
        return self._organisations.move_unit(actor, unit.id, parent_id)

    def close(self, actor: Actor, officer: Officer, unit_id: str, *, day: date | None, successor_id: str | None) -> Unit:
        """The end of a unit; its successor, which the officer may change too, takes over what stands below it."""
        unit = self._scope.unit(officer, unit_id, _WRITE)
        if successor_id is not None:
            self._scope.unit(officer, successor_id, _WRITE)
            self._hands_over(officer, self._directory.open_children(unit.id), successor_id)
        return self._organisations.close_unit(actor, unit.id, day=day, successor_id=successor_id)

    def assign(self, actor: Actor, officer: Officer, person_id: str, unit_id: str, *, position: str | None, primary: bool) -> Person:
        """A post in a unit for somebody; a primary one in another government moves them there.

        The officer must be allowed to change people both where the person stands and where the unit does, and somebody who holds more
        than the officer is not moved by them.
        """
        person = self._scope.account(officer, person_id, Permission.PERSON_WRITE)
        unit = self._scope.unit(officer, unit_id)
        line = self._organisations.line(unit.id)
        if not officer.may(Permission.PERSON_WRITE, Place(unit.government_code, line)):
            raise RightMissing(Permission.PERSON_WRITE, subject=("unit", unit.id), government=unit.government_code)
        if primary and unit.government_code != person.government_code:
            self._people.change(actor, person.id, government_code=unit.government_code)
        self._people.assign(actor, person.id, unit.id, position=position, is_primary=primary)
        return person

    def _below(self, officer: Officer, government: str, parent_id: str | None) -> None:
        if parent_id is not None:
            self._scope.unit(officer, parent_id, _WRITE)
        elif not officer.may(_WRITE, Place(government)):
            raise RightMissing(_WRITE, code="admin.right", subject=("government", government), government=government)

    def _hands_over(self, officer: Officer, moved: Iterable[Unit], parent_id: str | None) -> None:
        above = set(self._organisations.line(parent_id)) if parent_id is not None else set()
        for unit in moved:
            place = self._scope.place_of_unit(unit)
            for role, _ in self._directory.roles_held_in(above - set(place.unit_line)):
                if role in set(Role) and not dominates(officer.administrative, Role(role), place):
                    raise RightMissing(_WRITE, code="admin.lends", subject=("unit", unit.id), government=unit.government_code)
