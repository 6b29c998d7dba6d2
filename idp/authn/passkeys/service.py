"""Passkeys of people: asks, checks and keeps them. A challenge is used up before anything else of an answer is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.models import Passkey
from idp.authn.notices import Notices
from idp.authn.passkeys.ceremony import (
    Answer,
    NewKey,
    RelyingParty,
    check_assertion,
    check_registration,
    creation_options,
    read,
    request_options,
)
from idp.authn.passkeys.store import PasskeyStore
from idp.authn.results import Refused
from idp.authn.store import AuthnStore
from idp.authn.throttle import source_of
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, NotFound
from idp.kernel.logs import logger
from idp.kernel.randomness import Randomness, digest, new_id, opaque, same
from idp.policy.assurance import COPIED_KEY, HARDWARE_KEY

log = logger("idp.authn")

Purpose = Literal["sign_in", "second", "enrol"]
CHALLENGE_LIFE = timedelta(minutes=5)
MOST_PASSKEYS = 10
# Open questions at once: a whole agency may come from one address, a person has a few tabs.
MOST_OF_A_SOURCE = 1000
MOST_OF_A_PERSON = 20


@dataclass(frozen=True, slots=True)
class Proved:
    """A key answered rightly. method: its RFC 8176 name, `hwk` when it cannot leave its device, `swk` when it may be copied."""

    passkey: Passkey
    method: str


class Passkeys:
    """Options, proofs, enrolment and names; who is asked and what a proof is good for, the caller decides."""

    def __init__(
        self, store: AuthnStore, audit: AuditLog, notices: Notices, clock: Clock, randomness: Randomness, party: RelyingParty
    ) -> None:
        self._store: PasskeyStore = store.passkeys
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._randomness = randomness
        self._party = party

    def list(self, person_id: str) -> Sequence[Passkey]:
        """A person's passkeys, oldest first."""
        return self._store.of_person(person_id)

    def has(self, person_id: str) -> bool:
        """True when the person has at least one."""
        return self._store.has(person_id)

    def ask_anybody(self, actor: Actor, place: str) -> dict[str, Any] | None:
        """What to ask whoever is in front of the sign-in page; None when too many questions of this source are open.

        place: the secret of the browser. The authenticator must recognise its person: the key stands for two factors.
        """
        challenge = self._challenge("sign_in", place, f"ip:{source_of(actor.ip)}", MOST_OF_A_SOURCE)
        return None if challenge is None else request_options(self._party, challenge, verification="required")

    def ask(self, person_id: str, place: str) -> dict[str, Any] | None:
        """What to ask a person whose password stands. place: names their sign-in."""
        challenge = self._challenge("second", place, f"person:{person_id}", MOST_OF_A_PERSON)
        if challenge is None:
            return None
        allowed = [(row.credential_id, row.transports) for row in self.list(person_id)]
        return request_options(self._party, challenge, verification="preferred", allowed=allowed)

    def ask_new(self, person: Person, place: str) -> dict[str, Any] | None:
        """What to ask for a new key; Conflict("passkey.too_many") for somebody who has enough."""
        known = self.list(person.id)
        if len(known) >= MOST_PASSKEYS:
            raise Conflict("factor.too_many", "the number of passkeys allowed is reached")
        challenge = self._challenge("enrol", place, f"person:{person.id}", MOST_OF_A_PERSON)
        if challenge is None:
            return None
        return creation_options(
            self._party, challenge, handle=self._handle(person.id), username=person.username, name=person.full_name,
            known=[row.credential_id for row in known],
        )  # fmt: skip

    def prove(self, actor: Actor, text: str, place: str, *, person: Person | None = None) -> Refused | Proved:
        """Check an answer (WebAuthn section 7.2). person: who must have given it; None at the sign-in page, where the key says who.

        The refusal is one word for everything: what failed stands in the record, when the key is known.
        """
        answer = read(text)
        if answer is None or not self._claim(answer, "sign_in" if person is None else "second", place):
            return self._unknown(actor, "challenge")
        row = self._store.by_credential(answer.credential_id)
        if row is None:
            return self._unknown(actor, "unknown_key")
        if person is not None and row.person_id != person.id:
            return self._refuse(actor, row, "not_theirs")
        handle = self._store.handle(row.person_id) or b""
        # Alone, the key must say whose it is; after a password it may leave it out (section 7.2, step 6).
        said = answer.user_handle if answer.user_handle is not None or person is None else handle
        if said is None or not same(said, handle):
            return self._refuse(actor, row, "user_handle")
        found = check_assertion(
            answer, self._party, public_key=row.public_key, backup_eligible=row.backup_eligible, verified=person is None
        )
        if isinstance(found, str):
            return self._refuse(actor, row, found)
        if not self._store.used(row.id, found.sign_count, self._clock.now(), backed_up=found.backed_up):
            return self._copied(actor, row)
        return Proved(row, COPIED_KEY if row.backup_eligible else HARDWARE_KEY)

    def enrol(self, actor: Actor, person: Person, text: str, name: str, place: str) -> Refused | Proved:
        """Keep a new key (WebAuthn section 7.1); the person is told by mail. Having made it is a proof of it."""
        answer = read(text)
        if answer is None or not self._claim(answer, "enrol", place):
            return self._refuse_new(actor, person, "challenge")
        found = check_registration(answer, self._party)
        if isinstance(found, str):
            return self._refuse_new(actor, person, found)
        if len(self.list(person.id)) >= MOST_PASSKEYS:
            raise Conflict("factor.too_many", "the number of passkeys allowed is reached")
        row = self._made(person, found, name)
        if not self._store.add(row):  # step 26: a key is one person's, once
            return self._refuse_new(actor, person, "known_key")
        self._record(
            Tag.FACTOR_ENROL, actor, person, factor="passkey", factor_id=row.id, aaguid=row.aaguid, copied=row.backup_eligible
        )
        self._notices.tell(person, "factor_added", factor=row.name, kind="passkey", at=row.created_at.isoformat(), ip=actor.ip)
        return Proved(row, COPIED_KEY if row.backup_eligible else HARDWARE_KEY)

    def rename(self, actor: Actor, person: Person, passkey_id: str, name: str) -> None:
        """Give a passkey another name; NotFound when it is not this person's."""
        if not self._store.rename(person.id, passkey_id, _label(name)):
            raise NotFound("factor.unknown", "there is no such passkey")
        self._record(Tag.PASSKEY_RENAME, actor, person, factor_id=passkey_id)

    def prune(self, *, limit: int) -> int:
        """Delete challenges of the past, at most `limit`; gives how many."""
        return self._store.prune(self._clock.now() - timedelta(hours=1), limit)

    def _challenge(self, purpose: Purpose, place: str, source: str, most: int) -> str | None:
        now, challenge, whose = self._clock.now(), opaque(self._randomness), digest(source)
        if self._store.open_challenges(whose, now, most) >= most:
            return None
        self._store.add_challenge(
            digest=digest(challenge), purpose=purpose, bound_to=digest(f"{purpose}:{place}"), source=whose, created_at=now,
            expires_at=now + CHALLENGE_LIFE,
        )  # fmt: skip
        return challenge

    def _claim(self, answer: Answer, purpose: Purpose, place: str) -> bool:
        return self._store.claim_challenge(digest(answer.challenge), purpose, digest(f"{purpose}:{place}"), self._clock.now())

    def _handle(self, person_id: str) -> bytes:
        found = self._store.handle(person_id)
        if found is None:
            made = self._randomness.bytes(32)
            self._store.add_handle(person_id, made, self._clock.now())
            found = self._store.handle(person_id) or made  # another tab may have been first
        return found

    def _made(self, person: Person, key: NewKey, name: str) -> Passkey:
        now = self._clock.now()
        return Passkey(
            id=new_id(self._randomness, now), person_id=person.id, credential_id=key.credential_id, public_key=key.public_key,
            sign_count=key.sign_count, aaguid=key.aaguid, transports=key.transports, name=_label(name), discoverable=key.discoverable,
            backup_eligible=key.backup_eligible, backed_up=key.backed_up, created_at=now,
        )  # fmt: skip

    def _unknown(self, actor: Actor, reason: str) -> Refused:
        # Anybody can send these without end, and the record is kept for good: of a stranger there is only a line in the log.
        log.info("passkey refused", reason=reason, ip=actor.ip, request=actor.request_id)
        return Refused("wrong")

    def _refuse(self, actor: Actor, row: Passkey, reason: str) -> Refused:
        self._audit.record(
            Tag.FACTOR_REFUSE, actor, subject=("person", row.person_id), factor="passkey", factor_id=row.id, reason=reason
        )
        return Refused("wrong")

    def _copied(self, actor: Actor, row: Passkey) -> Refused:
        """The counter did not move on: two devices hold this key. It is refused from now on until the counter has passed."""
        refused, person = self._refuse(actor, row, "copied"), self._store.owner(row.person_id)
        if person is not None:
            self._notices.tell(
                person, "passkey_copied", factor=row.name, at=self._clock.now().isoformat(), ip=actor.ip, agent=actor.agent
            )
        return refused

    def _refuse_new(self, actor: Actor, person: Person, reason: str) -> Refused:
        self._record(Tag.FACTOR_REFUSE, actor, person, factor="passkey", reason=reason)
        return Refused("wrong")

    def _record(self, tag: Tag, actor: Actor, person: Person, **details: Any) -> None:
        self._audit.record(tag, actor, subject=("person", person.id), government=person.government_code, **details)


def _label(name: str) -> str:
    return " ".join(name.split())[:60] or "Passkey"
