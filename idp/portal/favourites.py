"""What a person keeps at the top of their start page."""

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.portal.store import PortalStore

MOST = 60


class Favourites:
    """Keeps and lets go. Sending the same twice changes nothing."""

    def __init__(self, store: PortalStore, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def of(self, person_id: str) -> list[str]:
        """Items (``app:<client id>``, ``link:<id>``) in the order they were kept; some may not be open to the person any more."""
        return self._store.favourites(person_id)

    def keep(self, actor: Actor, person_id: str, item: str, *, government: str | None) -> bool:
        """Keep an item that the caller found open to the person; False when it is kept already or there are MOST."""
        kept = self._store.favourites(person_id)
        if item in kept or len(kept) >= MOST or not self._store.add_favourite(person_id, item, self._clock.now()):
            return False
        self._record(actor, person_id, item, government, kept=True)
        return True

    def let_go(self, actor: Actor, person_id: str, item: str, *, government: str | None) -> bool:
        """Keep it no longer; `item` comes from a form and may be anything. False when it was not kept."""
        if item not in self._store.favourites(person_id) or not self._store.drop_favourite(person_id, item):
            return False
        self._record(actor, person_id, item, government, kept=False)
        return True

    def _record(self, actor: Actor, person_id: str, item: str, government: str | None, *, kept: bool) -> None:
        self._audit.record(Tag.FAVOURITE_CHANGE, actor, subject=("person", person_id), government=government, item=item, kept=kept)
