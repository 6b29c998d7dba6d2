"""An administrator lets somebody try again at once who had to wait after wrong attempts."""

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.notices import Notices
from idp.authn.store import AuthnStore
from idp.authn.throttle import Throttle
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock

_REFUSALS = (Tag.SIGN_IN_REFUSE, Tag.SIGN_IN_THROTTLE, Tag.FACTOR_REFUSE)


class Unlocking:
    """Forgets failures; the password and the factors stay as they are."""

    def __init__(self, store: AuthnStore, throttle: Throttle, audit: AuditLog, notices: Notices, clock: Clock) -> None:
        self._store, self._throttle, self._audit, self._notices, self._clock = store, throttle, audit, notices, clock

    def unlock(self, actor: Actor, person: Person) -> None:
        """Failures of the account from the sources of its last refusals, and from its known devices, count no more; it is told by mail."""
        refused = self._audit.history(("person", person.id), _REFUSALS, limit=100)
        self._throttle.forgive(person.id, {event.ip for event in refused}, self._store.sessions.devices_of(person.id))
        self._audit.record(Tag.ACCOUNT_UNLOCK, actor, subject=("person", person.id), government=person.government_code)
        self._notices.tell(person, "helped", kind="unlock", at=self._clock.now().isoformat())
