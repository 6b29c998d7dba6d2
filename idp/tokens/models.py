"""Grants, devices that wait for one, and two memories: of revoked token identifiers and of assertions already used."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime


class Grant(Base):
    """One answered authorization request: its code, then the whole family of tokens it gave.

    A refresh token is not stored: it is derived from this row and a key (`idp.tokens.refresh`), so a family can have
    only one live branch by construction: the one of `generation`. `bound_to` names the key that must be proved to redeem the
    code and, by public clients, to refresh: ``jkt:`` or ``x5t:`` and a thumbprint (RFC 9449 sections 5 and 10, RFC 8705 section 4).
    """

    __tablename__ = "grants"
    __table_args__ = (
        Index("ix_grants_session_id", "session_id"),
        Index("ix_grants_person_id", "person_id"),
        Index("uq_grants_code_digest", "code_digest", unique=True),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128))
    person_id: Mapped[str] = mapped_column(String(26))
    session_id: Mapped[str | None] = mapped_column(String(26))
    subject: Mapped[str] = mapped_column(String(64))
    government_code: Mapped[str | None] = mapped_column(String(5))
    scope: Mapped[str] = mapped_column(Text)
    resource: Mapped[str] = mapped_column(Text)
    claims: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    nonce: Mapped[str | None] = mapped_column(Text)
    redirect_uri: Mapped[str] = mapped_column(Text)
    code_challenge: Mapped[str | None] = mapped_column(String(43))
    auth_time: Mapped[datetime] = mapped_column(UtcDateTime)
    acr: Mapped[str] = mapped_column(String(64))
    amr: Mapped[str] = mapped_column(String(64))
    offline: Mapped[bool] = mapped_column(Boolean)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    code_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    code_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    generation: Mapped[int | None] = mapped_column(Integer)
    refreshed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retries: Mapped[int] = mapped_column(Integer)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoke_reason: Mapped[str | None] = mapped_column(String(32))
    bound_to: Mapped[str | None] = mapped_column(String(48))
    authorization_details: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))


class DeviceCode(Base):
    """A device that waits for a person to approve it elsewhere (RFC 8628); both codes are stored as digests.

    person_id: who typed the user code first, and alone may answer; next_poll_at: asking earlier is answered `slow_down`.
    """

    __tablename__ = "device_codes"
    __table_args__ = (
        Index("uq_device_codes_device_digest", "device_digest", unique=True),
        Index("uq_device_codes_user_digest", "user_digest", unique=True),
        Index("ix_device_codes_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128))
    device_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    user_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    scope: Mapped[str] = mapped_column(Text)
    resource: Mapped[str] = mapped_column(Text)
    acr_values: Mapped[str] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(String(45))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    pace: Mapped[int] = mapped_column(Integer)
    next_poll_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[str | None] = mapped_column(String(26))
    session_id: Mapped[str | None] = mapped_column(String(26))
    subject: Mapped[str | None] = mapped_column(String(64))
    government_code: Mapped[str | None] = mapped_column(String(5))
    auth_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acr: Mapped[str | None] = mapped_column(String(64))
    amr: Mapped[str | None] = mapped_column(String(64))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    denied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    authorization_details: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))


class RevokedToken(Base):
    """An access token without a grant (client credentials) that was revoked before its end."""

    __tablename__ = "revoked_tokens"

    jti: Mapped[str] = mapped_column(String(128), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class UsedAssertion(Base):
    """A client assertion that was accepted once and must not be again (RFC 7523 section 3, point 7)."""

    __tablename__ = "used_assertions"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
