"""Is this the password of whom they say they are? The same answer, work and rows for every name (ASVS 6.3.8, attack P1)."""

from dataclasses import dataclass
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.accounts.account import Account
from idp.authn.hashing import PasswordHasher
from idp.authn.notices import Notices
from idp.authn.results import Refused
from idp.authn.store import AuthnStore
from idp.authn.throttle import Reservation, Throttle, Wait
from idp.db.session import checkpoint
from idp.directory.people import People
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Busy
from idp.policy.passwords import acceptable_input

LONGEST_NAME = 320


@dataclass(frozen=True, slots=True)
class Right:
    """It is. account: as it stands after verifying; device: digest of the known device it was typed on, or None."""

    account: Account
    device: bytes | None


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
        account = self._named(username, device)
        known = device if account is not None and account.known_device else None
        held = self._throttle.password(account.id if account else self._people.sign_in_key(username), actor.ip, known)
        if isinstance(held, Wait):
            self._record(Tag.SIGN_IN_THROTTLE, actor, account, wait=held.seconds)
            return Refused("wait", held.seconds)
        encoded = account.usable if account is not None else None
        checkpoint(self._store.session)
        try:
            right = self._hasher.verify(encoded, password)
            stronger = self._stronger(encoded, password) if right and encoded else None
        except Busy as busy:
            self._throttle.give_back(held)
            return Refused("busy", int(str(busy.params["retry_after"])))
        # Verifying took a while, outside the transaction: the account may have been disabled, or the password changed.
        after = self._store.accounts.find("id", account.id if account is not None else "", known)
        if account is None or after is None or encoded is None or not right or after.usable != encoded:
            return self._wrong(actor, account, held)
        self._throttle.succeeded(held)
        if stronger is not None and self._store.rehash(after.id, encoded, stronger):
            self._record(Tag.PASSWORD_REHASH, actor, after)
        return Right(after, known)

    def _named(self, username: str, device: bytes | None) -> Account | None:
        """Whom `People.find_for_sign_in` finds, in one read with all that is asked of them (two for a mail address)."""
        for kind, value in self._people.ways_to_name(username):
            if kind == "address":
                person = self._people.by_address(value)
                found = self._store.accounts.find("id", person.id, device) if person is not None else None
            else:
                found = self._store.accounts.find(kind, value, device)
            if found:
                return found
        return None

    def _stronger(self, encoded: str, password: str) -> str | None:
        if not self._hasher.needs_rehash(encoded):
            return None
        try:
            return self._hasher.hash(password)
        except Busy:
            return None  # another day: the sign-in itself succeeded

    def _wrong(self, actor: Actor, account: Account | None, held: Reservation) -> Refused:
        self._throttle.failed(held)
        self._record(Tag.SIGN_IN_REFUSE, actor, account, reason=_why(account))
        if held.tell and account is not None:
            self._notices.tell(account, "lockout", kind="password", at=self._clock.now().isoformat(), ip=actor.ip)
        return Refused("wrong", held.wait_seconds)

    def _record(self, tag: Tag, actor: Actor, account: Account | None, **details: Any) -> None:
        # What was typed as a name is not recorded: it may be a password in the wrong field.
        about, government = (("person", account.id), account.government_code) if account is not None else (None, None)
        self._audit.record(tag, actor, subject=about, government=government, **details)


def _why(account: Account | None) -> str:
    """For the record alone, which only the person and administrators read: the answer tells none of these apart."""
    if account is not None and account.status in ("disabled", "invited"):
        return account.status
    return "no_password" if account is not None and account.encoded is None else "wrong"


def _is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_NAME and "\0" not in text and _encodable(text)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
