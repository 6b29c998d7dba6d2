"""The help desk: what is done for somebody who cannot get in, each time with a reason, a letter, and a limit by the hour.

Whoever helps takes an account in hand, so the scope lets nobody help somebody who holds more than they do; and the second factor of an
administrator is only touched by two people (product.md, "Security administrators"; ASVS 6.4.4, 8.4.2).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.administration.errors import RightMissing, unknown
from idp.administration.models import HelpDeed
from idp.administration.people import PeopleDesk
from idp.administration.scope import Scope
from idp.administration.store import AdministrationStore
from idp.approvals.models import Approval
from idp.approvals.service import Approvals, reason_of
from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.assembly import Authn
from idp.directory.days import today
from idp.directory.models import Person
from idp.directory.people import People
from idp.interaction.leave import Leave
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Busy, Conflict
from idp.kernel.randomness import Randomness, new_id
from idp.policy.permissions import Officer, Permission, is_administrative

HELP: dict[str, Permission] = {
    "unlock": Permission.PERSON_UNLOCK,
    "end-sessions": Permission.SESSION_END,
    "reset-factors": Permission.FACTOR_RESET,
    "single-use-code": Permission.FACTOR_RESET,
}
NEEDS_TWO = frozenset({"reset-factors", "single-use-code"})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Helped:
    """It was done. code: the single-use code in the clear, to be handed over once; count: how many factors went."""

    code: str | None = field(default=None, repr=False)
    until: datetime | None = None
    count: int = 0


class HelpDesk:
    """Helps. limit: how often one helper may help in an hour."""

    def __init__(
        self, scope: Scope, store: AdministrationStore, approvals: Approvals, people: People, desk: PeopleDesk, authn: Authn, leave: Leave,
        audit: AuditLog, clock: Clock, randomness: Randomness, *, limit: int,
    ) -> None:  # fmt: skip
        self._scope, self._store, self._approvals, self._people = scope, store, approvals, people
        self._desk, self._authn, self._leave, self._audit = desk, authn, leave, audit
        self._clock, self._randomness, self._limit = clock, randomness, limit

    def needs_two(self, deed: str, person_id: str) -> bool:
        """True when a second person has to confirm: the second factor of whoever administers."""
        return deed in NEEDS_TWO and any(is_administrative(held.role) for held in self._scope.officer(person_id).held)

    def help(self, actor: Actor, officer: Officer, deed: str, person_id: str, reason: str) -> Helped | Approval:
        """Do one of HELP, or ask for the second person it needs.

        Raises NotFound, RightMissing (also for oneself), Invalid (reason), Conflict (nothing to do; waits already), Busy (too much help).
        """
        person = self._for(officer, deed, person_id)
        why = reason_of(reason)
        if self.needs_two(deed, person.id):
            self._possible(deed, person)
            return self._approvals.ask(actor, deed, person.id, why, government=person.government_code, details={})
        return self._do(actor, deed, person, why, None)

    def waiting(self, officer: Officer) -> list[tuple[Approval, Person, str | None]]:
        """Requests in the officer's part that wait for somebody."""
        return self._store.waiting(officer.reach(Permission.FACTOR_RESET), today(self._clock), self._clock.now())

    def decide(self, actor: Actor, officer: Officer, approval_id: str, *, yes: bool) -> Approval:
        """Confirm or decline what somebody else asked for; needs the same right over the same account."""
        found, person = self._request(officer, approval_id)
        return self._approvals.decide(actor, found.id, yes=yes, government=person.government_code)

    def withdraw(self, actor: Actor, officer: Officer, approval_id: str) -> Approval:
        """Take one's own request back."""
        found, person = self._request(officer, approval_id)
        return self._approvals.withdraw(actor, found.id, government=person.government_code)

    def carry_out(self, actor: Actor, officer: Officer, approval_id: str) -> Helped:
        """Do what was confirmed, once, by who asked for it; both must hold the right still."""
        found, person = self._request(officer, approval_id)
        done = self._approvals.claim(actor, found.id, government=person.government_code)
        approver = self._people.get(done.decided_by or "")
        if approver is None or approver.status != "active":
            raise Conflict("approval.gone", "whoever confirmed this is no longer active")
        if not self._scope.holds_account(self._scope.officer(approver.id), person, HELP[done.deed]):
            raise Conflict("approval.gone", "whoever confirmed this no longer holds the right")
        return self._do(actor, done.deed, person, done.reason, approver)

    def request(self, officer: Officer, approval_id: str) -> tuple[Approval, Person]:
        """One request about somebody in the officer's part."""
        return self._request(officer, approval_id)

    def _request(self, officer: Officer, approval_id: str) -> tuple[Approval, Person]:
        found = self._approvals.find(approval_id)
        if found is None:
            raise unknown()
        return found, self._for(officer, found.deed, found.person_id)

    def _for(self, officer: Officer, deed: str, person_id: str) -> Person:
        permission = HELP[deed]
        if person_id == officer.id:
            raise RightMissing(permission, code="admin.self", subject=("person", person_id))
        return self._scope.account(officer, person_id, permission)

    def _possible(self, deed: str, person: Person) -> None:
        if person.status != "active":
            raise Conflict("person.state", f"the account is {person.status}")
        if deed in NEEDS_TWO and not self._authn.factors.has_second_factor(person.id):
            raise Conflict("factor.none_yet", "the person has no second factor")

    def _do(self, actor: Actor, deed: str, person: Person, reason: str, approver: Person | None) -> Helped:
        self._possible(deed, person)
        self._count(actor, deed, person, reason, approver)
        if deed == "unlock":
            self._authn.unlocking.unlock(actor, person)
        elif deed == "end-sessions":
            self._desk.end_sessions(actor, person, reason)
        elif deed == "reset-factors":
            count = self._authn.factors.reset(actor, person)
            self._leave.end_all(actor, person.id, "factors_reset")
            return Helped(count=count)
        else:
            issued = self._authn.agency_codes.issue(actor, person, reason, approver=approver)
            return Helped(code=issued.code, until=issued.expires_at)
        return Helped()

    def _count(self, actor: Actor, deed: str, person: Person, reason: str, approver: Person | None) -> None:
        helper, now = actor.id or "", self._clock.now()
        self._store.hold_helper(helper)
        if self._store.help_given(helper, now - _HOUR) >= self._limit:
            raise Busy("help.limit", "too much help in one hour", retry_after=900)
        self._audit.record(
            Tag.HELP_GIVE, actor, subject=("person", person.id), government=person.government_code, deed=deed, reason=reason,
            approver=approver.id if approver else None,
        )  # fmt: skip
        self._store.add(
            HelpDeed(
                id=new_id(self._randomness, now), deed=deed, helper_id=helper, person_id=person.id,
                approver_id=approver.id if approver else None, reason=reason, at=now,
            )
        )  # fmt: skip
