"""Where a government reads our letters: the address set for a purpose, else its administrators, else the installation's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory import naming
from idp.directory.models import Contact
from idp.directory.store import DirectoryStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid, NotFound
from idp.policy.permissions import Role

# Who reads letters of a purpose where no address is set for it.
PURPOSES: Mapping[str, Role] = {"security": Role.SECURITY_ADMIN, "personnel": Role.HR_ADMIN}


@dataclass(frozen=True, slots=True)
class Reader:
    """An address and the language its letters are written in."""

    email: str
    locale: str | None


class Contacts:
    """Sets and finds addresses. fallback: the installation's own, per purpose, for governments that have nobody."""

    def __init__(self, store: DirectoryStore, audit: AuditLog, clock: Clock, *, fallback: Mapping[str, str | None]) -> None:
        self._store, self._audit, self._clock, self._fallback = store, audit, clock, fallback

    def readers(self, purpose: str, government_code: str | None) -> tuple[Reader, ...]:
        """Who reads letters of a purpose for a government (None: only the installation); may be nobody."""
        if government_code is not None:
            found = self._store.contact(government_code, purpose)
            if found is not None:
                return (Reader(found.email, found.locale),)
            holders = self._store.holders_mail(PURPOSES[purpose].value, government_code)
            if holders:
                return tuple(Reader(email, locale) for email, locale in holders if email)
        own = self._fallback.get(purpose)
        return (Reader(own, None),) if own else ()

    def set(self, actor: Actor, government_code: str, purpose: str, email: str, locale: str = "id") -> Contact:
        """Set or replace an address; raises Invalid for an unknown purpose, government, language, or a bad address."""
        self._known(government_code, purpose)
        if locale not in ("id", "en"):
            raise Invalid("contact.locale", "language: id or en", field="locale")
        address, now = naming.email(email), self._clock.now()
        row = self._store.contact(government_code, purpose)
        self._record(actor, government_code, purpose, "set")
        if row is None:
            row = Contact(government_code=government_code, purpose=purpose, email=address, locale=locale, updated_at=now)
            self._store.add(row)
        else:
            row.email, row.locale, row.updated_at = address, locale, now
            self._store.save()
        return row

    def remove(self, actor: Actor, government_code: str, purpose: str) -> None:
        """Take an address away; raises NotFound."""
        self._known(government_code, purpose)
        row = self._store.contact(government_code, purpose)
        if row is None:
            raise NotFound("contact.unknown", "no address is set for this purpose")
        self._record(actor, government_code, purpose, "remove")
        self._store.remove(row)

    def all(self) -> Sequence[Contact]:
        """Every address that is set."""
        return self._store.contacts()

    def _known(self, government_code: str, purpose: str) -> None:
        if purpose not in PURPOSES:
            raise Invalid("contact.purpose", f"purpose: one of {', '.join(PURPOSES)}", field="purpose")
        if self._store.government(government_code) is None:
            raise Invalid("government.unknown", "government: there is no government with this code", field="government")

    def _record(self, actor: Actor, government_code: str, purpose: str, change: str) -> None:
        self._audit.record(
            Tag.CONTACT_CHANGE, actor, subject=("government", government_code), government=government_code, purpose=purpose, change=change
        )
