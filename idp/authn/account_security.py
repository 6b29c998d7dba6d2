"""A person's second factors as their account page, the help desk and the command line manage them.

Adding and removing needs a fresh full authentication (ASVS 7.5.1): the web's guard sees to that before it calls here.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn import totp
from idp.authn.enrolment import Enrolments
from idp.authn.models import Passkey, SignIn, TotpSecret
from idp.authn.notices import Notices
from idp.authn.passkeys.service import Passkeys
from idp.authn.recovery_codes import RecoveryCodes
from idp.authn.results import Enrolled, Enrolment, Refused
from idp.authn.store import AuthnStore
from idp.authn.throttle import Throttle
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, NotAllowed, NotFound
from idp.kernel.randomness import Randomness, digest, new_id, opaque


class Factors:
    """Lists, adds and removes. demanded: says whether policy demands a second factor of a person, by id; resistant: one that cannot
    be phished."""

    def __init__(
        self, store: AuthnStore, enrolments: Enrolments, passkeys: Passkeys, recovery_codes: RecoveryCodes, throttle: Throttle,
        audit: AuditLog, notices: Notices, clock: Clock, randomness: Randomness, *, installation_name: str, sign_in_minutes: int,
        demanded: Callable[[str], bool] = lambda _: False,
        resistant: Callable[[str], bool] = lambda _: False, bar: Callable[[str], None] = lambda _: None,
        forget: Callable[[Actor, str, str], int] = lambda _actor, _person, _reason: 0,
    ) -> None:  # fmt: skip
        self._store = store
        self._enrolments = enrolments
        self._passkeys = passkeys
        self.recovery_codes = recovery_codes
        self._throttle = throttle
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._randomness = randomness
        self._installation = installation_name
        self._minutes = timedelta(minutes=sign_in_minutes)
        self._demanded = demanded
        self._resistant = resistant
        self._bar = bar
        self._forget = forget

    def list(self, person_id: str) -> Sequence[TotpSecret]:
        """A person's authenticators (id, name, created_at, last_used_at), oldest first."""
        return self._store.totp(person_id)

    def passkeys(self, person_id: str) -> Sequence[Passkey]:
        """A person's passkeys and security keys, oldest first."""
        return self._store.passkeys.of_person(person_id)

    def has_second_factor(self, person_id: str) -> bool:
        """True when the person has at least one."""
        return self._store.has_factor(person_id)

    def recovery_codes_left(self, person_id: str) -> int:
        """How many unused recovery codes a person has."""
        return self.recovery_codes.left(person_id)

    def regenerate_recovery_codes(self, actor: Actor, person: Person) -> Sequence[str]:
        """A new set of recovery codes; Conflict for somebody without a second factor, whom they would not help."""
        if not self._store.has_factor(person.id):
            raise Conflict("factor.none", "there is no second factor that recovery codes could stand in for")
        if actor.kind == "person":
            self._bar(person.id)
        return self.recovery_codes.regenerate(actor, person)

    def begin(self, actor: Actor, person: Person) -> Enrolment:
        """Start setting up an authenticator in this session; again within the time gives the same key."""
        return self._enrolments.begin(self._row(actor, person, make=True), person)

    def confirm(self, actor: Actor, person: Person, code: str, name: str) -> Refused | Enrolled:
        """Finish it with the first code; Conflict("enrolment.gone") when there is nothing to finish."""
        return self._enrolments.confirm(actor, self._row(actor, person, make=False), person, code, name)

    def add_passkey(self, actor: Actor, person: Person, credential: str, name: str) -> Refused | Enrolled:
        """Keep a passkey made in this session, with recovery codes where there are none."""
        if actor.session_id is None or actor.id != person.id:
            raise NotAllowed("factor.not_yours", "only the person signed in adds a passkey")
        outcome = self._passkeys.enrol(actor, person, credential, name, f"session:{actor.session_id}")
        return outcome if isinstance(outcome, Refused) else self._enrolments.codes_for(actor, person)

    def enrol_for(self, actor: Actor, person: Person, name: str = "Authenticator") -> Enrolment:
        """An operator enrols an authenticator for somebody and hands the key over; it counts at once."""
        secret = totp.new_secret(self._randomness)
        self._enrolments.add(actor, person, secret, name, last_step=None)
        return totp.enrolment(secret, person.username, self._installation)

    def remove(self, actor: Actor, person: Person, factor_id: str) -> None:
        """Take one factor away; the last one of somebody of whom policy demands one stays (but for operators)."""
        self._store.one_at_a_time(person.id)
        apps, keys = self._store.totp(person.id), self._store.passkeys.of_person(person.id)
        names = {row.id: row.name for row in apps} | {row.id: row.name for row in keys}
        if factor_id not in names:
            raise NotFound("factor.unknown", "there is no such factor")
        is_key = factor_id in {row.id for row in keys}
        if actor.kind == "person":
            self._bar(person.id)
            if len(names) == 1 and self._demanded(person.id):
                raise Conflict("factor.last", "policy demands a second factor: add another one before removing the last")
            if is_key and len(keys) == 1 and self._resistant(person.id):
                raise Conflict("passkey.last", "policy demands a passkey: add another one before removing the last")
        if is_key:
            self._store.passkeys.remove(person.id, factor_id)
        else:
            self._store.remove_totp(person.id, factor_id)
        self._forget(actor, person.id, "factor_removed")
        if len(names) == 1:
            self.recovery_codes.drop(person.id)
        self._tell_removed(actor, person, names[factor_id], "passkey" if is_key else "totp", factor_id=factor_id)

    def reset(self, actor: Actor, person: Person) -> int:
        """The help desk takes all second factors and recovery codes away (lost phone); gives how many went.

        Half-way sign-ins and known devices end with it; ending the sessions is the caller's `leave`.
        """
        count = self._store.remove_totp(person.id) + self._store.passkeys.remove(person.id)
        self.recovery_codes.drop(person.id)
        self._store.sign_ins.abandon(person.id, self._clock.now())
        self._store.sessions.forget_devices(person.id)
        self._forget(actor, person.id, "factors_reset")
        self._throttle.clear_code(person.id)
        self._tell_removed(actor, person, "", "all", count=count, reset=True)
        return count

    def _tell_removed(self, actor: Actor, person: Person, name: str, kind: str, **details: Any) -> None:
        self._audit.record(
            Tag.FACTOR_REMOVE, actor, subject=("person", person.id), government=person.government_code, factor=kind, **details
        )
        self._notices.tell(person, "factor_removed", factor=name, kind=kind, at=self._clock.now().isoformat(), ip=actor.ip)

    def _row(self, actor: Actor, person: Person, *, make: bool) -> SignIn:
        """The row that holds the key while it waits: of purpose "enrol", bound to the session, opened by no cookie."""
        if actor.session_id is None or actor.id != person.id:
            raise NotAllowed("factor.not_yours", "only the person signed in adds an authenticator this way")
        now = self._clock.now()
        row = self._store.sign_ins.enrolling(actor.session_id, person.id, now)
        if row is None and not make:
            raise Conflict("enrolment.gone", "there is no authenticator waiting to be confirmed")
        if row is None:
            row = SignIn(
                id=new_id(self._randomness, now), token_digest=digest(opaque(self._randomness)), person_id=person.id,
                purpose="enrol", session_id=actor.session_id, amr="", created_at=now, expires_at=now + self._minutes,
                needs_password_change=False, shared_computer=False, failures=0,
            )  # fmt: skip
            self._store.sign_ins.add(row)
        return row
