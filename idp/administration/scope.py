"""Which people and units an officer may see, and which they may touch."""

from idp.administration.errors import OutOfScope, RightMissing, unknown
from idp.directory.models import Person, Unit
from idp.directory.orgs import Organisations
from idp.directory.people import People
from idp.directory.roles import Roles
from idp.policy.permissions import Held, Officer, Permission, Place, dominates, is_administrative


class Scope:
    """Asked by every verb before it acts. What is outside the officer's part does not exist for them."""

    def __init__(self, people: People, organisations: Organisations, roles: Roles) -> None:
        self._people, self._organisations, self._roles = people, organisations, roles

    def officer(self, person_id: str) -> Officer:
        """Who administers, with the roles of this moment."""
        return Officer(person_id, self._roles.held(person_id))

    def place_of(self, person: Person) -> Place:
        """Where a person stands: their government, and the units of their posts with all above them."""
        return Place(person.government_code, self._people.unit_line(person.id))

    def place_of_unit(self, unit: Unit) -> Place:
        """Where a unit stands."""
        return Place(unit.government_code, self._organisations.line(unit.id))

    def person(self, officer: Officer, person_id: str, permission: Permission = Permission.PERSON_READ) -> Person:
        """A person the officer may do this with.

        Raises NotFound (nobody, or outside their part), RightMissing (they see the person and may not do that).
        """
        person = self._people.get(person_id)
        if person is None:
            raise unknown()
        place, subject = self.place_of(person), ("person", person.id)
        if not officer.may(Permission.PERSON_READ, place):
            raise OutOfScope(subject, person.government_code, permission)
        if not officer.may(permission, place):
            raise RightMissing(permission, subject=subject, government=person.government_code)
        return person

    def unit(self, officer: Officer, unit_id: str, permission: Permission = Permission.UNIT_READ) -> Unit:
        """A unit the officer may do this with; raises like `person`."""
        unit = self._organisations.unit(unit_id)
        if unit is None:
            raise unknown()
        place, subject = self.place_of_unit(unit), ("unit", unit.id)
        if not officer.may(Permission.UNIT_READ, place):
            raise OutOfScope(subject, unit.government_code, permission)
        if not officer.may(permission, place):
            raise RightMissing(permission, subject=subject, government=unit.government_code)
        return unit

    def account(self, officer: Officer, person_id: str, permission: Permission) -> Person:
        """A person whose account the officer may take in hand: besides `person`, whoever controls it must gain no right by it.

        A help desk of a city cannot reset the owner of the installation, though the owner works in that city (attack X5).
        """
        person = self.person(officer, person_id, permission)
        for held in self._roles.held(person_id):
            if is_administrative(held.role) and not dominates(officer.administrative, held.role, self.place_of_role(held)):
                raise RightMissing(permission, code="admin.above", subject=("person", person.id), government=person.government_code)
        return person

    def holds_account(self, officer: Officer, person: Person, permission: Permission) -> bool:
        """The same as a question."""
        try:
            self.account(officer, person.id, permission)
        except (OutOfScope, RightMissing):
            return False
        return True

    def place_of_role(self, held: Held) -> Place:
        """Where a role is held."""
        return Place(held.government_code, self._organisations.line(held.unit_id) if held.unit_id else ())
