"""A printed single-use code with which the agency lets somebody in whose phone is lost, in place of the second factor.

The password is still asked for; the code is bound to the person, works once, for a day, and whoever used it enrols a new factor.
Issue and use are told to the person by mail. For hours afterwards (`cooling`) what an impostor would do next is barred.
NIST SP 800-63B-4 section 4.2.2 (recovery by a code that is issued), ASVS 6.4.5 and 6.4.6.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn import totp
from idp.authn.models import AgencyCode
from idp.authn.notices import Notices
from idp.authn.store import AuthnStore
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotAllowed
from idp.kernel.randomness import Randomness, digest, new_id


@dataclass(frozen=True, slots=True)
class Issued:
    """A code in the clear, to be printed once, and its end."""

    code: str = field(repr=False)
    expires_at: datetime


class AgencyCodes:
    """Issues and claims. needs_two: says whether the account is an administrator's; may_approve: whether somebody (first id) may
    approve a code for somebody else (second id)."""

    def __init__(
        self, store: AuthnStore, audit: AuditLog, notices: Notices, clock: Clock, randomness: Randomness, *, hours: int,
        cooling_hours: int, needs_two: Callable[[str], bool] = lambda _: False,
        may_approve: Callable[[str, str], bool] = lambda _approver, _person: False,
    ) -> None:  # fmt: skip
        self._store = store.agency_codes
        self._factors = store
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._randomness = randomness
        self._life = timedelta(hours=hours)
        self._cooling = timedelta(hours=cooling_hours)
        self._needs_two = needs_two
        self._may_approve = may_approve

    def issue(self, actor: Actor, person: Person, reason: str, *, approver: Person | None = None) -> Issued:
        """A code for this person, in place of an older one.

        Raises Conflict (not active, or nothing it could stand in for), Invalid (no reason; an administrator's account without
        a second approver), NotAllowed (an approver who may not reset factors there, or who is one of the two).
        """
        text = " ".join(reason.split())
        if not 5 <= len(text) <= 300:
            raise Invalid("agency_code.reason", "reason: say why, in 5 to 300 characters", field="reason")
        if person.status != "active":
            raise Conflict("access.status", "the account is not active")
        if not self._factors.has_factor(person.id):
            raise Conflict("factor.none", "the person has no second factor that a code could stand in for")
        self._approved(actor, person, approver)
        now, code = self._clock.now(), totp.new_recovery_code(self._randomness)
        self._store.replace(
            AgencyCode(
                id=new_id(self._randomness, now), person_id=person.id, digest=_digest(person.id, code), reason=text,
                issued_by=actor.id, approved_by=approver.id if approver else None, created_at=now, expires_at=now + self._life,
            )
        )  # fmt: skip
        self._audit.record(
            Tag.AGENCY_CODE_ISSUE, actor, subject=("person", person.id), government=person.government_code, reason=text,
            approver=approver.id if approver else None, expires_at=(now + self._life).isoformat(),
        )  # fmt: skip
        self._notices.tell(person, "agency_code_issued", at=now.isoformat(), until=(now + self._life).isoformat())
        return Issued(code, now + self._life)

    def use(self, actor: Actor, person: Person, code: str) -> bool:
        """Claim the code; the person is told by mail, at the address known before."""
        text, now = totp.clean_recovery_code(code), self._clock.now()
        found = self._store.claim(person.id, _digest(person.id, text), now) if text is not None else None
        if found is None:
            return False
        self._audit.record(Tag.AGENCY_CODE_USE, actor, subject=("person", person.id), government=person.government_code, issued=found)
        hours = int(self._cooling.total_seconds() // 3600)
        self._notices.tell(person, "agency_code_used", at=now.isoformat(), ip=actor.ip, agent=actor.agent, hours=hours)
        return True

    def cooling_until(self, person_id: str) -> datetime | None:
        """Until when this person may not take factors away or change where letters go; None when they may."""
        used = self._store.last_use(person_id, self._clock.now() - self._cooling)
        return used + self._cooling if used is not None else None

    def bar(self, person_id: str) -> None:
        """Raise Conflict("recovery.cooling") while that time lasts."""
        until = self.cooling_until(person_id)
        if until is not None:
            raise Conflict("recovery.cooling", "not yet: the account was recovered with a code of the agency", until=until.isoformat())

    def _approved(self, actor: Actor, person: Person, approver: Person | None) -> None:
        if actor.kind == "person" and actor.id == person.id:
            raise NotAllowed("agency_code.self", "nobody issues a code for themselves")
        if approver is None:
            if self._needs_two(person.id):
                raise Invalid(
                    "agency_code.second_approver", "this is an administrator's account: a second approver is needed", field="approver"
                )
            return
        is_other = approver.id not in (person.id, actor.id) and approver.status == "active"
        if not is_other or not self._may_approve(approver.id, person.id):
            raise NotAllowed("agency_code.approver", "the second approver must be another active person who may reset factors there")


def _digest(person_id: str, code: str) -> bytes:
    return digest(f"agency:{person_id}:{totp.clean_recovery_code(code)}")
