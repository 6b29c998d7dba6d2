"""Setting and changing passwords: the rules of policy.passwords asked with what is known about the person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.blocklist import Blocklist
from idp.authn.browsers.devices import device_digest
from idp.authn.hashing import PasswordHasher
from idp.authn.imported import is_known
from idp.authn.notices import Notices
from idp.authn.results import Changed, Refused
from idp.authn.store import AuthnStore
from idp.authn.throttle import Throttle, Wait
from idp.db.session import checkpoint
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Busy, Conflict, Invalid
from idp.kernel.randomness import digest
from idp.policy.passwords import Context, Rules, acceptable_input, normalise, problem

_SENTENCES = {
    "too_short": "the password is too short",
    "too_long": "the password is longer than 128 characters or has characters that cannot be used",
    "too_common": "the password is too common",
    "contains_name": "the password is little more than the person's name or username",
    "contains_number": "the password contains one of the person's numbers",
    "contains_birthdate": "the password contains the person's birth date",
    "contains_organisation": "the password is little more than the name of the organisation",
    "same_as_old": "the password is the same as the old one",
}


@dataclass(frozen=True, slots=True)
class Lengths:
    """The shortest password with a second factor and without (NIST SP 800-63B-4 section 3.1.1.2)."""

    with_factor: int = 12
    single: int = 15


@dataclass(frozen=True, slots=True)
class Prepared:
    """A new password's hash, and the hash it is to replace."""

    encoded: str
    previous: str | None


class Passwords:
    """One password per person. demanded: says whether policy demands a second factor of a person, by id."""

    def __init__(
        self, store: AuthnStore, hasher: PasswordHasher, blocklist: Blocklist, throttle: Throttle, audit: AuditLog, notices: Notices,
        clock: Clock, *, lengths: Lengths, max_age_days: int = 0, organisation: tuple[str, ...] = (),
        demanded: Callable[[str], bool] = lambda _: False,
        forget: Callable[[Actor, str, str], int] = lambda _actor, _person, _reason: 0,
    ) -> None:  # fmt: skip
        self._store = store
        self._hasher = hasher
        self._blocklist = blocklist
        self._throttle = throttle
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._lengths = lengths
        self._max_age = timedelta(days=max_age_days)
        self._organisation = organisation
        self._demanded = demanded
        self._forget = forget

    def minimum_length(self, person_id: str) -> int:
        """The fewest characters for this person: fewer are enough where a second factor is there or demanded."""
        guarded = self._store.has_factor(person_id) or self._demanded(person_id)
        return self._lengths.with_factor if guarded else self._lengths.single

    def check(self, person: Person, password: str) -> None:
        """Raise Invalid("password.<reason>") when the rules refuse it; hashes nothing."""
        numbers, organisation = self._store.words_about(person)
        names = (person.username, person.name, person.given_name, person.family_name, person.nickname, person.email_key)
        context = Context(
            names=tuple(name for name in names if name),  # of an address its domain too: the whole of it is no secret
            numbers=(*numbers, *((person.phone.lstrip("+"),) if person.phone else ())),
            birthdate=person.birthdate,
            organisation=(*organisation, *self._organisation),
        )
        minimum = self.minimum_length(person.id)
        reason = problem(password, Rules(minimum, self._blocklist.words), context)
        if reason is None and self._blocklist.guessable(password, [*context.names, *context.organisation]):
            reason = "too_common"
        if reason is not None:
            raise _invalid(reason, minimum=minimum)

    def set(self, actor: Actor, person: Person, password: str, must_change: bool = False) -> Changed:
        """An operator or the help desk sets a password; raises Invalid with the reason, Busy."""
        self.check(person, password)
        return self._write(actor, person, self._hasher.hash(password), Tag.PASSWORD_SET, must_change=must_change)

    def import_hash(self, actor: Actor, person: Person, encoded: str) -> Changed:
        """Take over a hash from an older system (bcrypt, PBKDF2, scrypt, Argon2); it is replaced at the next sign-in."""
        if not (encoded.startswith("$argon2") or is_known(encoded)):
            raise Invalid("password.hash", "this kind of password hash is not known", field="hash")
        return self._write(actor, person, encoded, Tag.PASSWORD_SET, must_change=False)

    def change(self, actor: Actor, person: Person, old: str, new: str, *, device: str | None = None) -> Refused | Changed:
        """The person changes it, proving the old one (ASVS 6.2.3); raises Invalid when the new one breaks a rule.

        device: the device cookie of this browser, which stays known; every other device is forgotten.
        """
        if not acceptable_input(old):
            return Refused("wrong")
        self.check(person, new)
        if normalise(new) == normalise(old):
            raise _invalid("same_as_old")
        # A session is a known place: guessing in it has a budget of its own, and cannot lock its person out elsewhere.
        place = digest(f"session:{actor.session_id}") if actor.session_id else None
        held = self._throttle.password(person.id, actor.ip, place)
        if isinstance(held, Wait):
            return Refused("wait", held.seconds)
        standing = self._store.standing(person.id)
        previous = standing.hash if standing else None
        checkpoint(self._store.session)
        try:
            encoded = self._hasher.hash(new) if self._hasher.verify(previous, old) else None
        except Busy as busy:
            self._throttle.give_back(held)
            return Refused("busy", int(str(busy.params["retry_after"])))
        if encoded is None:
            self._record(Tag.SIGN_IN_REFUSE, actor, person, reason="wrong", purpose="password_change")
            self._throttle.failed(held)
            return Refused("wrong", held.wait_seconds)
        self._throttle.succeeded(held)
        return self.put(actor, person, Prepared(encoded, previous), device=device_digest(device))

    def prepare(self, person: Person, password: str, *, compare: bool = True) -> Prepared:
        """Check and hash a new password, outside any transaction; raises Invalid, Busy. Nothing is changed yet.

        compare: refuse the old password itself; False for whoever has not proved it, who would learn from it what it is.
        """
        self.check(person, password)
        standing = self._store.standing(person.id)
        previous = standing.hash if standing else None
        checkpoint(self._store.session)
        if compare and previous is not None and self._hasher.verify(previous, password):
            raise _invalid("same_as_old")
        return Prepared(self._hasher.hash(password), previous)

    def put(
        self, actor: Actor, person: Person, prepared: Prepared, *, tag: Tag = Tag.PASSWORD_CHANGE, sign_in_id: str | None = None,
        device: bytes | None = None,
    ) -> Changed:  # fmt: skip
        """Store what was prepared; Conflict when the password was changed meanwhile.

        sign_in_id: the sign-in that asked; device: the digest of the one device that stays known.
        """
        standing = self._store.standing(person.id)
        if (standing.hash if standing else None) != prepared.previous:
            raise Conflict("password.changed", "the password was changed meanwhile")
        return self._write(actor, person, prepared.encoded, tag, must_change=False, sign_in_id=sign_in_id, device=device)

    def lock(self, actor: Actor, person: Person, reason: str) -> None:
        """The password may be in somebody else's hands: it opens nothing from now on, and whoever used it half-way or on a device
        starts anew. Asking for a change at the next sign-in would let whoever knows it choose the next one.
        """
        self._store.drop_password(person.id)
        self._store.supersede_links(person.id, self._clock.now(), ("activation", "reset"))
        self._store.sign_ins.abandon(person.id, self._clock.now())
        self._store.sessions.forget_devices(person.id)
        self._record(Tag.PASSWORD_LOCK, actor, person, reason=reason)

    def changed_at(self, person_id: str) -> datetime | None:
        """When the password was set last; None where there is none."""
        standing = self._store.standing(person_id)
        return standing.changed_at if standing else None

    def is_due(self, must_change: bool | None, changed_at: datetime | None) -> bool:
        """True when somebody else set the password, or it is older than the operator allows (off by default)."""
        if must_change or not self._max_age:
            return bool(must_change)
        return changed_at is not None and changed_at + self._max_age <= self._clock.now()

    def _write(
        self, actor: Actor, person: Person, encoded: str, tag: Tag, *, must_change: bool, sign_in_id: str | None = None,
        device: bytes | None = None,
    ) -> Changed:  # fmt: skip
        now = self._clock.now()
        known = self._store.standing(person.id) is not None
        self._store.put_password(person.id, encoded, now, must_change=must_change)
        self._store.supersede_links(person.id, now, ("activation", "reset"))
        # Who is half-way in proved the old password only.
        self._store.sign_ins.abandon(person.id, now, except_id=sign_in_id)
        # A device is known by a sign-in with the old password, perhaps in a thief's hand: it keeps no budget of its own.
        self._store.sessions.forget_devices(person.id, but=device)
        self._forget(actor, person.id, "password_changed")
        self._throttle.clear_password(person.id, actor.ip)
        self._record(tag, actor, person, must_change=must_change or None)
        if known:
            self._notices.tell(person, "password_changed", at=now.isoformat(), ip=actor.ip)
        others = [row.id for row in self._store.sessions.of_person(person.id, now) if row.id != actor.session_id]
        return Changed(person.id, tuple(others))

    def _record(self, tag: Tag, actor: Actor, person: Person, **details: Any) -> None:
        self._audit.record(tag, actor, subject=("person", person.id), government=person.government_code, **details)


def _invalid(reason: str, **params: object) -> Invalid:
    sentence = _SENTENCES[reason]
    if reason == "too_short" and "minimum" in params:
        sentence += f": it needs at least {params['minimum']} characters"
    return Invalid(f"password.{reason}", sentence, field="password", **params)
