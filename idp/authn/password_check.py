"""Is this the password of whom they say they are? The same answer, work and rows for every name (ASVS 6.3.8, attack P1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.hashing import PasswordHasher
from idp.authn.notices import Notices
from idp.authn.results import Refused
from idp.authn.store import AuthnStore
from idp.authn.throttle import Reservation, Throttle, Wait
from idp.db.session import checkpoint
from idp.directory.models import Person
from idp.directory.people import People
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Busy
from idp.policy.passwords import acceptable_input

LONGEST_NAME = 320


@dataclass(frozen=True, slots=True)
class Right:
    """It is. device: digest of the known device it was typed on, or None; the rest is how the password stands."""

    person: Person
    device: bytes | None
    must_change: bool
    changed_at: datetime


class PasswordCheck:
    """Counts, commits, verifies, looks again, records."""

    def __init__(
        self, store: AuthnStore, people: People, throttle: Throttle, hasher: PasswordHasher, audit: AuditLog, notices: Notices, clock: Clock
    ) -> None:
        self._store = store
        self._people = people
        self._throttle = throttle
        self._hasher = hasher
        self._audit = audit
        self._notices = notices
        self._clock = clock

    def check(self, actor: Actor, username: str, password: str, device: bytes | None) -> Refused | Right:
        """device: digest of the browser's device cookie, if it has one."""
        if not _is_name(username) or not acceptable_input(password):
            self._record(Tag.SIGN_IN_REFUSE, actor, None, reason="malformed")  # refused before any hashing (attack P6)
            return Refused("wrong")
        person = self._people.find_for_sign_in(username)
        if device is not None and not (person is not None and self._store.sessions.known_device(device, person.id)):
            device = None
        held = self._throttle.password(person.id if person else self._people.sign_in_key(username), actor.ip, device)
        if isinstance(held, Wait):
            self._record(Tag.SIGN_IN_THROTTLE, actor, person, wait=held.seconds)
            return Refused("wait", held.seconds)
        before = self._usable(person)
        encoded = before.hash if before is not None else None
        checkpoint(self._store.session)
        try:
            right = self._hasher.verify(encoded, password)
            stronger = self._stronger(encoded, password) if right and encoded else None
        except Busy as busy:
            self._throttle.give_back(held)
            return Refused("busy", int(str(busy.params["retry_after"])))
        # Verifying took a while, outside the transaction: the account may have been disabled, or the password changed.
        after = self._usable(person)
        if person is None or after is None or not right or after.hash != encoded:
            return self._wrong(actor, person, held)
        self._throttle.succeeded(held)
        if stronger is not None and encoded is not None and self._store.rehash(person.id, encoded, stronger):
            self._record(Tag.PASSWORD_REHASH, actor, person)
        return Right(person, device, bool(after.must_change), after.changed_at)

    def _usable(self, person: Person | None) -> Any:
        standing = self._store.standing(person.id if person is not None else "")
        return standing if standing is not None and standing.status == "active" else None

    def _stronger(self, encoded: str, password: str) -> str | None:
        if not self._hasher.needs_rehash(encoded):
            return None
        try:
            return self._hasher.hash(password)
        except Busy:
            return None  # another day: the sign-in itself succeeded

    def _wrong(self, actor: Actor, person: Person | None, held: Reservation) -> Refused:
        self._throttle.failed(held)
        self._record(Tag.SIGN_IN_REFUSE, actor, person, reason="wrong")
        if held.tell and person is not None:
            self._notices.tell(person, "lockout", kind="password", at=self._clock.now().isoformat(), ip=actor.ip)
        return Refused("wrong", held.wait_seconds)

    def _record(self, tag: Tag, actor: Actor, person: Person | None, **details: Any) -> None:
        # What was typed as a name is not recorded: it may be a password in the wrong field.
        self._audit.record(
            tag, actor, subject=("person", person.id) if person else None, government=person.government_code if person else None, **details
        )


def _is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and "\0" not in text and _encodable(text)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
