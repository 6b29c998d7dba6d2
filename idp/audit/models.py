"""Audit events, and the seals that chain them per government."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime

BigId = BigInteger().with_variant(Integer(), "sqlite")


class AuditEvent(Base):
    """One thing that happened. The database refuses to change or delete it (trigger of migration 0001)."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_government_code_id", "government_code", "id"),
        Index("ix_audit_events_subject", "subject_kind", "subject_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    tag: Mapped[str] = mapped_column(String(64))
    government_code: Mapped[str | None] = mapped_column(String(5))
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(String(128))
    subject_kind: Mapped[str | None] = mapped_column(String(24))
    subject_id: Mapped[str | None] = mapped_column(String(128))
    client_id: Mapped[str | None] = mapped_column(String(128))
    session_id: Mapped[str | None] = mapped_column(String(26))
    ip: Mapped[str | None] = mapped_column(String(45))
    agent: Mapped[str | None] = mapped_column(String(200))
    request_id: Mapped[str | None] = mapped_column(String(32))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class AuditSeal(Base):
    """One link of a government's chain: a hash over the link before it and the events it covers."""

    __tablename__ = "audit_seals"

    chain: Mapped[str] = mapped_column(String(5), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    first_event: Mapped[int] = mapped_column(BigId)
    last_event: Mapped[int] = mapped_column(BigId)
    events: Mapped[int] = mapped_column(Integer)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
