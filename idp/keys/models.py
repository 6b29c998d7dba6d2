"""Signing keys, and keys of the audit record, as rows: the private part sealed, the public part as published."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime

_ACTIVE, _NEXT = text("state = 'active'"), text("state = 'next'")


class SigningKey(Base):
    """One key pair. The database itself allows one active and one next key per algorithm."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        Index("uq_signing_keys_active", "alg", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("uq_signing_keys_next", "alg", unique=True, sqlite_where=_NEXT, postgresql_where=_NEXT),
    )

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    alg: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    private_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuditKey(Base):
    """The key that signs seals and checkpoints of the audit record: never published with the keys of tokens, kept for ever.

    active: true for the one that signs, NULL for the others, so that the database itself allows one only;
    endorsement: the statement by which the key before it named it as its successor.
    """

    __tablename__ = "audit_keys"
    __table_args__ = (UniqueConstraint("active", name="uq_audit_keys_active"),)

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    private_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    endorsement: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool | None] = mapped_column()
