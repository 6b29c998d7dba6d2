"""Ask, confirm, carry out: each once."""

from datetime import timedelta
from typing import Any

from idp.approvals.models import Approval
from idp.approvals.store import ApprovalStore
from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotAllowed
from idp.kernel.randomness import Randomness, new_id

LIFE = timedelta(hours=24)


def reason_of(text: str) -> str:
    """A reason as it is kept; raises Invalid unless it has 5 to 300 characters."""
    reason = " ".join(text.split())
    if not 5 <= len(reason) <= 300 or not reason.isprintable():
        raise Invalid("reason.length", "reason: say why, in 5 to 300 characters", field="reason")
    return reason


class Approvals:
    """Requests for a second person. Whether somebody may ask or confirm is the caller's question."""

    def __init__(self, store: ApprovalStore, audit: AuditLog, clock: Clock, randomness: Randomness) -> None:
        self._store, self._audit, self._clock, self._randomness = store, audit, clock, randomness

    def ask(self, actor: Actor, deed: str, person_id: str, reason: str, *, government: str | None, details: dict[str, Any]) -> Approval:
        """A request that waits a day; raises Conflict when the same waits already, NotAllowed for oneself."""
        now = self._clock.now()
        if actor.kind != "person" or actor.id is None or actor.id == person_id:
            raise NotAllowed("approval.self", "nobody asks this for themselves")
        if self._store.waiting(deed, person_id, now) is not None:
            raise Conflict("approval.waiting", "the same request is waiting already")
        row = Approval(
            id=new_id(self._randomness, now), deed=deed, person_id=person_id, details=details, reason=reason_of(reason), state="open",
            asked_by=actor.id, asked_at=now, expires_at=now + LIFE,
        )  # fmt: skip
        self._record(Tag.APPROVAL_ASK, actor, row, government)
        self._store.add(row)
        return row

    def decide(self, actor: Actor, approval_id: str, *, yes: bool, government: str | None) -> Approval:
        """Confirm or decline somebody else's request, once; raises Conflict when it does not wait (for this person)."""
        now = self._clock.now()
        row = self._store.change(
            approval_id, "open", now, to="approved" if yes else "declined", not_by=actor.id or "", decided_by=actor.id, decided_at=now
        )
        if row is None:
            raise Conflict("approval.gone", "this request does not wait for you")
        self._record(Tag.APPROVAL_DECIDE, actor, row, government)
        return row

    def withdraw(self, actor: Actor, approval_id: str, *, government: str | None) -> Approval:
        """Take one's own request back."""
        row = self._store.change(approval_id, "open", self._clock.now(), to="withdrawn", by=actor.id or "")
        if row is None:
            raise Conflict("approval.gone", "this request does not wait for you")
        self._record(Tag.APPROVAL_DECIDE, actor, row, government)
        return row

    def claim(self, actor: Actor, approval_id: str, *, government: str | None) -> Approval:
        """The confirmed request is carried out now, once, by the one who asked; raises Conflict otherwise."""
        now = self._clock.now()
        row = self._store.change(approval_id, "approved", now, to="done", by=actor.id or "", done_at=now)
        if row is None:
            raise Conflict("approval.gone", "this request is not confirmed, was carried out, or has expired")
        self._record(Tag.APPROVAL_USE, actor, row, government)
        return row

    def find(self, approval_id: str) -> Approval | None:
        """By id."""
        return self._store.find(approval_id)

    def _record(self, tag: Tag, actor: Actor, row: Approval, government: str | None) -> None:
        self._audit.record(
            tag, actor, subject=("person", row.person_id), government=government, deed=row.deed, approval=row.id, state=row.state,
            asked_by=row.asked_by, reason=row.reason,
        )  # fmt: skip
