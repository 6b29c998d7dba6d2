"""Audit events, the seals that chain them per government, and the signed statements about the chains."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime

BigId = BigInteger().with_variant(Integer(), "sqlite")
_BY_ACTOR, _BY_CLIENT = text("actor_id IS NOT NULL"), text("client_id IS NOT NULL")


class AuditEvent(Base):
    """One thing that happened. The database refuses to change it, and to delete it before its time (triggers of migrations 0001, 0022)."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_government_code_id", "government_code", "id"),
        Index("ix_audit_events_subject", "subject_kind", "subject_id", "id"),
        Index("ix_audit_events_tag_id", "tag", "id"),
        Index("ix_audit_events_actor", "actor_id", "id", sqlite_where=_BY_ACTOR, postgresql_where=_BY_ACTOR),
        Index("ix_audit_events_client", "client_id", "id", sqlite_where=_BY_CLIENT, postgresql_where=_BY_CLIENT),
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
    """One link of a government's chain: the leaves of its events, a hash over them and the link before, and a signature."""

    __tablename__ = "audit_seals"
    __table_args__ = (Index("ix_audit_seals_chain_last_event", "chain", "last_event"),)

    chain: Mapped[str] = mapped_column(String(5), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    first_event: Mapped[int] = mapped_column(BigId)
    last_event: Mapped[int] = mapped_column(BigId)
    events: Mapped[int] = mapped_column(Integer)
    leaves: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    kid: Mapped[str] = mapped_column(String(64))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditCheckpoint(Base):
    """A signed statement of where a chain stood; chain ``*`` states the heads of all chains together."""

    __tablename__ = "audit_checkpoints"

    chain: Mapped[str] = mapped_column(String(5), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    seal: Mapped[int] = mapped_column(Integer)
    events: Mapped[int] = mapped_column(BigId)
    statement: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditPruning(Base):
    """A signed statement of which events of a chain were deleted because their class is kept no longer."""

    __tablename__ = "audit_prunings"

    chain: Mapped[str] = mapped_column(String(5), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    first_event: Mapped[int] = mapped_column(BigId)
    last_event: Mapped[int] = mapped_column(BigId)
    events: Mapped[int] = mapped_column(Integer)
    statement: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditPosition(Base):
    """How far a reader of the record (a collector, the daily figures) has come."""

    __tablename__ = "audit_positions"

    name: Mapped[str] = mapped_column(String(24), primary_key=True)
    event: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
