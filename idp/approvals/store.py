"""Every statement about approvals."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.approvals.models import Approval


class ApprovalStore:
    """Adds, finds, and changes state by one conditional statement."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: Approval) -> None:
        """Insert one."""
        self._session.add(row)
        self._session.flush()

    def find(self, approval_id: str) -> Approval | None:
        """By id, as it stands now."""
        return self._session.scalar(select(Approval).where(Approval.id == approval_id).execution_options(populate_existing=True))

    def waiting(self, deed: str, person_id: str, now: datetime) -> Approval | None:
        """A request for the same deed that still waits."""
        return self._session.scalar(
            select(Approval)
            .where(Approval.deed == deed, Approval.person_id == person_id, Approval.expires_at > now)
            .where(Approval.state.in_(("open", "approved")))
            .limit(1)
        )

    def change(self, approval_id: str, state: str, now: datetime, *, to: str, not_by: str | None = None, by: str | None = None,
               **values: Any) -> Approval | None:  # fmt: skip
        """From one state to another, once, while it has not expired. by / not_by: only if it was asked by this person / by another.

        Looked at first, so that what cannot be is no write at all; the conditions of the write are what holds when two meet.
        """
        found = self.find(approval_id)
        asked_by = found.asked_by if found is not None and found.state == state and found.expires_at > now else None
        if found is None or asked_by is None or (by is not None and asked_by != by) or not_by in (asked_by, found.person_id):
            return None
        statement = update(Approval).where(Approval.id == approval_id, Approval.state == state, Approval.expires_at > now)
        if by is not None:
            statement = statement.where(Approval.asked_by == by)
        if not_by is not None:
            statement = statement.where(Approval.asked_by != not_by, Approval.person_id != not_by)
        changed = statement.values(state=to, **values).returning(Approval).execution_options(populate_existing=True)
        return self._session.scalar(changed)
