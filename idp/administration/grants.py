"""Roles as administrators give and take them: within their part, never more than they hold, never by moving things around."""

from idp.administration.errors import OutOfScope, RightMissing, unknown
from idp.administration.scope import Scope
from idp.administration.store import AdministrationStore, GrantRow
from idp.directory.days import today
from idp.directory.models import Person, RoleGrant
from idp.directory.roles import Roles
from idp.directory.store import DirectoryStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import NotAllowed
from idp.policy.permissions import Officer, Permission, Place, Role, may_grant


class Grants:
    """Lists, gives, takes."""

    def __init__(self, scope: Scope, store: AdministrationStore, directory: DirectoryStore, roles: Roles, clock: Clock) -> None:
        self._scope, self._store, self._directory, self._roles, self._clock = scope, store, directory, roles, clock

    def find(self, officer: Officer, *, role: str | None = None, after: str | None = None, limit: int = 50) -> list[GrantRow]:
        """Live grants to people in the officer's part, newest first; one more than `limit` when there are more."""
        reach = officer.reach(Permission.ROLE_READ)
        return self._store.grants(reach, today(self._clock), role=role, after=after, limit=limit + 1)

    def of_person(self, officer: Officer, person_id: str) -> list[RoleGrant]:
        """The live grants of somebody the officer sees."""
        person = self._scope.person(officer, person_id, Permission.ROLE_READ)
        return self._store.grants_of(person.id)

    def grantable(self, officer: Officer, place: Place) -> list[Role]:
        """The roles the officer may give at a place."""
        return [role for role in Role if may_grant(officer.administrative, role, place)]

    def give(self, actor: Actor, officer: Officer, person_id: str, role: str, government: str | None, unit_id: str | None) -> RoleGrant:
        """Give a role to somebody in the officer's part.

        Raises NotFound, RightMissing (a right the officer lacks at that place, recorded), Invalid (unknown role or place).
        """
        person = self._scope.person(officer, person_id, Permission.ROLE_GRANT)
        if unit_id is not None:
            self._scope.unit(officer, unit_id)
        try:
            return self._roles.grant(actor, person.id, role, government or None, unit_id or None)
        except NotAllowed:
            raise self._beyond(person) from None

    def take(self, actor: Actor, officer: Officer, person_id: str, grant_id: str) -> RoleGrant:
        """Take a role; raises like `give`, and Conflict for the last owner of the installation."""
        person = self._scope.person(officer, person_id, Permission.ROLE_GRANT)
        grant = self.grant(person, grant_id)
        try:
            self._roles.revoke(actor, person.id, grant.role, grant.government_code, grant.unit_id)
        except NotAllowed:
            raise self._beyond(person) from None
        return grant

    def grant(self, person: Person, grant_id: str) -> RoleGrant:
        """A live grant of this person."""
        found = self._directory.grant(grant_id)
        if found is None or found.revoked_at is not None:
            raise unknown()
        if found.person_id != person.id:
            raise OutOfScope(("grant", grant_id), None, Permission.ROLE_GRANT)
        return found

    def _beyond(self, person: Person) -> RightMissing:
        return RightMissing(
            Permission.ROLE_GRANT, code="admin.beyond", subject=("person", person.id), government=person.government_code
        )
