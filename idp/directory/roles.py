"""Who holds which role, and where."""

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory.models import RoleGrant
from idp.directory.owners import keep_an_owner
from idp.directory.profile import HeldRole
from idp.directory.store import DirectoryStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid, NotAllowed, NotFound
from idp.kernel.randomness import Randomness, new_id
from idp.policy.permissions import Held, Place, Role, is_ownership, may_grant


class Roles:
    """Grants and takes roles; a person can only give what they could exercise there themselves."""

    def __init__(self, store: DirectoryStore, audit: AuditLog, clock: Clock, randomness: Randomness) -> None:
        self._store, self._audit, self._clock, self._randomness = store, audit, clock, randomness

    def of_person(self, person_id: str) -> tuple[HeldRole, ...]:
        """The roles a person holds at present."""
        return self._store.held_roles(person_id)

    def held(self, person_id: str) -> tuple[Held, ...]:
        """The same for `policy.permissions`; a role this version does not know gives nothing."""
        known = set(Role)
        return tuple(Held(Role(one.role), one.government_code, one.unit_id) for one in self.of_person(person_id) if one.role in known)

    def grant(self, actor: Actor, person_id: str, role: str, government_code: str | None = None, unit_id: str | None = None) -> RoleGrant:
        """Give a role everywhere, in a government, or in a unit and below; the grant there already is, when there is one.

        Raises Invalid (unknown role or place), NotFound (person), NotAllowed (a person gives more than they hold).
        """
        person, known, government_code = self._check(actor, person_id, role, government_code, unit_id)
        live = self._store.live_grants(person_id, known, government_code, unit_id)
        if live:
            return live[0]
        now = self._clock.now()
        grant = RoleGrant(
            id=new_id(self._randomness, now), person_id=person_id, role=known.value, government_code=government_code,
            unit_id=unit_id, granted_at=now, granted_by=actor.id if actor.kind == "person" else None, revoked_at=None,
        )  # fmt: skip
        self._audit.record(
            Tag.ROLE_GRANT, actor, subject=("person", person_id), government=government_code or person,
            role=known.value, where=government_code, unit_id=unit_id,
        )  # fmt: skip
        self._store.add(grant)
        return grant

    def revoke(self, actor: Actor, person_id: str, role: str, government_code: str | None = None, unit_id: str | None = None) -> int:
        """Take a role at exactly this place; gives how many grants ended.

        Raises NotFound when it is not held there, Conflict for the last owner of the installation.
        """
        person, known, government_code = self._check(actor, person_id, role, government_code, unit_id)
        live = self._store.live_grants(person_id, known, government_code, unit_id)
        if not live:
            raise NotFound("role.not_held", "the user does not hold this role there")
        if is_ownership(Held(known, government_code, unit_id)):
            keep_an_owner(self._store, person_id)
        self._audit.record(
            Tag.ROLE_REVOKE, actor, subject=("person", person_id), government=government_code or person,
            role=known.value, where=government_code, unit_id=unit_id,
        )  # fmt: skip
        self._store.revoke_grants(live, self._clock.now())
        return len(live)

    def _check(
        self, actor: Actor, person_id: str, role: str, government_code: str | None, unit_id: str | None
    ) -> tuple[str | None, Role, str | None]:
        """(government of the person, the role, government of the place)."""
        try:
            known = Role(role)
        except ValueError:
            raise Invalid("role.unknown", f"role: one of {', '.join(Role)}", field="role") from None
        person = self._store.person(person_id)
        if person is None:
            raise NotFound("person.unknown", "there is no such person")
        if government_code is not None and self._store.government(government_code) is None:
            raise Invalid("government.unknown", "government: there is no government with this code", field="government")
        line: tuple[str, ...] = ()
        if unit_id is not None:
            unit = self._store.unit(unit_id)
            if unit is None or unit.government_code != (government_code or unit.government_code):
                raise Invalid("unit.unknown", "unit: there is no such unit in this government", field="unit")
            government_code, line = unit.government_code, self._store.unit_line([unit_id])
        if actor.kind == "person" and not may_grant(self.held(actor.id or ""), known, Place(government_code, line)):
            raise NotAllowed("role.beyond", "you cannot give or take a role that you do not hold there yourself")
        if actor.kind in ("anonymous", "client"):
            raise NotAllowed("role.beyond", "only a person or an operator gives roles")
        return person.government_code, known, government_code
