"""An owner made on the server, past every approval: for the day on which no owner can come in. It cannot be done quietly."""

from idp.administration.store import AdministrationStore
from idp.approvals.service import reason_of
from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.notices import Notices
from idp.directory.models import Person
from idp.directory.roles import Roles
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, NotAllowed
from idp.kernel.logs import logger

log = logger("idp.administration")


class BreakGlass:
    """One verb."""

    def __init__(self, store: AdministrationStore, roles: Roles, notices: Notices, audit: AuditLog, clock: Clock) -> None:
        self._store, self._roles, self._notices, self._audit, self._clock = store, roles, notices, audit, clock

    def make_owner(self, actor: Actor, person: Person, reason: str) -> int:
        """Give the role that owns the installation; gives how many owners are told (the new one among them).

        Only whoever runs commands on the server may. Raises NotAllowed, Invalid (reason), Conflict (the account is not active).
        """
        if actor.kind != "operator":
            raise NotAllowed("role.beyond", "only an operator on the server makes an owner this way")
        if person.status != "active":
            raise Conflict("person.state", f"the account is {person.status}: enable or activate it first")
        why = reason_of(reason)
        self._roles.grant(actor, person.id, "administrator")
        self._audit.record(
            Tag.BREAK_GLASS, actor, subject=("person", person.id), government=person.government_code, role="administrator", reason=why
        )
        log.warning("break-glass: an owner was made", person=person.id, actor=actor.kind)
        at = self._clock.now().isoformat()
        return sum(self._notices.tell(owner, "owner_made", owner=person.full_name, at=at) for owner in self._store.owners())
