"""How an application presents itself: what it is for, whom to tell when it does not work, its logo."""

from dataclasses import dataclass
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.clients.registry import Registry
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid
from idp.kernel.randomness import digest
from idp.portal.logo import checked
from idp.portal.models import AppCard
from idp.portal.rights import require
from idp.portal.store import PortalStore
from idp.portal.wording import line


@dataclass(frozen=True, slots=True)
class CardChange:
    """What to change; None: as it is, an empty text or picture: take it away."""

    description: str | None = None
    description_id: str | None = None
    contact: str | None = None
    logo: bytes | None = None


class Cards:
    """Shows and changes cards."""

    def __init__(self, store: PortalStore, registry: Registry, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._registry = registry
        self._audit = audit
        self._clock = clock

    def of(self, client_id: str) -> AppCard | None:
        """The card of an application, if it has one."""
        return self._store.card(client_id)

    def contact(self, client_id: str) -> str | None:
        """Whom to tell about an application, in the words registered."""
        card = self._store.card(client_id)
        return card.contact if card else None

    def logo(self, name: str) -> bytes | None:
        """The picture of a digest in hexadecimal digits, which comes from an address and may be anything."""
        return self._store.logo(name) if len(name) == 32 and name.isascii() and name.isalnum() else None

    def change(self, actor: Actor, client_id: str, new: CardChange) -> None:
        """Change what is given. Raises NotAllowed, NotFound (application), Invalid (texts, picture, nothing given)."""
        require(actor)
        client = self._registry.get(client_id)
        values: dict[str, Any] = {
            name: line(given, field=name, longest=200)
            for name in ("description", "description_id", "contact")
            if (given := getattr(new, name)) is not None
        }
        if new.logo is not None:
            picture = checked(new.logo) if new.logo else None
            values |= {"logo": picture, "logo_digest": digest(picture.hex()).hex()[:32] if picture else None}
        if not values:
            raise Invalid("portal.nothing", "say what to change: a description, a contact or a logo")
        self._store.write_card(client_id, self._clock.now(), values)
        subject, changed = ("client", client_id), sorted(values)
        self._audit.record(Tag.CARD_CHANGE, actor, subject=subject, government=client.government_code, client_id=client_id, changed=changed)
