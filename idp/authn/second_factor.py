"""Checking a second factor of a person whose first one stands: throttled, used once, recorded, explained."""

from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn import totp
from idp.authn.enrolment import seal_context
from idp.authn.helping.agency_codes import AgencyCodes
from idp.authn.notices import Notices
from idp.authn.recovery_codes import RecoveryCodes
from idp.authn.results import Accepted, Reason, Refused
from idp.authn.store import AuthnStore
from idp.authn.throttle import Reservation, Throttle, Wait
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.sealing import Sealer

# A code of the near future that is explained is one that will work soon: who goes on trying is told no more (attack M2).
EXPLAINED = 4


class SecondFactor:
    """Verifies codes of authenticator apps and recovery codes, on one budget of failures per person."""

    def __init__(
        self, store: AuthnStore, sealer: Sealer, throttle: Throttle, recovery_codes: RecoveryCodes,
        agency_codes: AgencyCodes, audit: AuditLog, notices: Notices, clock: Clock,
    ) -> None:  # fmt: skip
        self._store = store
        self._sealer = sealer
        self._throttle = throttle
        self._recovery_codes = recovery_codes
        self._agency_codes = agency_codes
        self._audit = audit
        self._notices = notices
        self._clock = clock

    def code(self, actor: Actor, person: Person, code: str, device: bytes | None) -> Refused | Accepted:
        """A code of an authenticator app (RFC 6238): once per step; a wrong clock is refused, counted and explained."""
        typed = totp.clean(code)
        if typed is None:
            return Refused("wrong")  # not a code at all: nothing was guessed, nothing is counted
        held = self._throttle.code(person.id, device)
        if isinstance(held, Wait):
            return self._waits(actor, person, held)
        reason, drift = self._check(person.id, typed)
        if reason is not None:
            return self._refused(actor, person, held, "totp", reason, drift)
        return self._passed(actor, person, held, "totp", Accepted())

    def recovery_code(self, actor: Actor, person: Person, code: str, device: bytes | None) -> Refused | Accepted:
        """A recovery code, once (ASVS 6.5.1); the person is told by mail."""
        held = self._throttle.code(person.id, device)
        if isinstance(held, Wait):
            return self._waits(actor, person, held)
        left = self._recovery_codes.use(actor, person, code)
        if left is None:
            return self._refused(actor, person, held, "recovery_code", "wrong", 0)
        return self._passed(actor, person, held, "recovery_code", Accepted(left))

    def agency_code(self, actor: Actor, person: Person, code: str, device: bytes | None) -> Refused | Accepted:
        """A single-use code printed by the agency, on the same budget of failures."""
        held = self._throttle.code(person.id, device)
        if isinstance(held, Wait):
            return self._waits(actor, person, held)
        if not self._agency_codes.use(actor, person, code):
            return self._refused(actor, person, held, "agency_code", "wrong", 0)
        return self._passed(actor, person, held, "agency_code", Accepted())

    def _check(self, person_id: str, code: str) -> tuple[Reason | None, int]:
        now = self._clock.now()
        reason: Reason = "wrong"
        drift = 0
        for row in self._store.totp(person_id):
            fit = totp.fit(self._sealer.open(row.sealed, seal_context(row.id)).decode(), code, now)
            if fit is None:
                continue
            if not fit.acceptable:
                reason, drift = "drift", fit.drift_minutes
            elif self._store.claim_step(row.id, fit.step, now):
                return None, 0
            else:
                return "replayed", 0
        return reason, drift

    def _waits(self, actor: Actor, person: Person, held: Wait) -> Refused:
        self._record(Tag.FACTOR_REFUSE, actor, person, reason="wait")
        return Refused("wait", held.seconds)

    def _refused(
        self, actor: Actor, person: Person, held: Reservation, factor: str, reason: Reason, drift: int
    ) -> Refused:
        self._record(Tag.FACTOR_REFUSE, actor, person, factor=factor, reason=reason, drift_minutes=drift or None)
        self._throttle.failed(held)
        if held.tell:
            self._notices.tell(person, "lockout", kind="code", at=self._clock.now().isoformat(), ip=actor.ip)
        if reason == "drift" and max(held.failures.values()) > EXPLAINED:
            return Refused("wrong", held.wait_seconds)
        return Refused(reason, held.wait_seconds, drift)

    def _passed(self, actor: Actor, person: Person, held: Reservation, factor: str, accepted: Accepted) -> Accepted:
        self._throttle.succeeded(held)
        self._record(Tag.FACTOR_PASS, actor, person, factor=factor)
        return accepted

    def _record(self, tag: Tag, actor: Actor, person: Person, **details: Any) -> None:
        self._audit.record(tag, actor, subject=("person", person.id), government=person.government_code, **details)
