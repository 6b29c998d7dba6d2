"""Requests that wait for a second person."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime

_OPEN = text("state IN ('open', 'approved')")


class Approval(Base):
    """One deed for one person. state: open, approved, declined, withdrawn, done; past `expires_at` it is none of them any more."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index("ix_approvals_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_approvals_person_id", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    deed: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(10))
    asked_by: Mapped[str] = mapped_column(String(26))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(26))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
