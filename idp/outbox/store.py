"""Every statement of the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from idp.db.lane import Prepared
from idp.outbox.models import Promise

_ADD = Prepared(insert(Promise.__table__), columns=("id", "kind", "sealed", "created_at", "due_at", "attempts"))  # type: ignore[arg-type]


class OutboxStore:
    """Adds, claims and settles promises."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **values: Any) -> None:
        """Insert one promise."""
        _ADD.later(self._session, **values)

    def claim(self, now: datetime, hold_until: datetime) -> Promise | None:
        """Take the promise that is longest due and hold it until `hold_until`, so that a crash gives it back.

        Several workers may ask at once: PostgreSQL skips rows another has locked, SQLite has one writer.
        """
        open_and_due = (
            select(Promise.id)
            .where(Promise.done_at.is_(None), Promise.failed_at.is_(None), Promise.due_at <= now)
            .order_by(Promise.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return self._session.scalar(
            update(Promise)
            .where(Promise.id == open_and_due.scalar_subquery(), Promise.due_at <= now)
            .values(due_at=hold_until, attempts=Promise.attempts + 1)
            .returning(Promise)
        )

    def settle(self, promise_id: str, **values: Any) -> None:
        """Record how it went."""
        self._session.execute(update(Promise).where(Promise.id == promise_id).values(**values))

    def prune(self, before: datetime, limit: int) -> int:
        """Forget what was done before `before`, at most `limit`; gives how many."""
        old = select(Promise.id).where(Promise.done_at < before).limit(limit)
        result = self._session.execute(delete(Promise).where(Promise.id.in_(old)))
        return result.rowcount  # type: ignore[attr-defined,no-any-return]

    def waiting(self) -> int:
        """How many promises are still open (at most 10,000 counted)."""
        rows = self._session.execute(
            select(Promise.id).where(Promise.done_at.is_(None), Promise.failed_at.is_(None)).limit(10_000)
        )
        return len(rows.all())
