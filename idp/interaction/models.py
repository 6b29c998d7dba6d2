"""The authorization request as a row, and the record of data shared with an application."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime


class AuthorizationRequest(Base):
    """One accepted request that waits for a person. `ref` names it; the browser's cookie is the authority."""

    __tablename__ = "authorization_requests"
    __table_args__ = (Index("ix_authorization_requests_expires_at", "expires_at"),)

    ref: Mapped[str] = mapped_column(String(26), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id"))
    browser_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    selected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreed_by: Mapped[str | None] = mapped_column(String(26))  # who agreed to the authorization details of this very request


class PushedRequest(Base):
    """A request that its client pushed (RFC 9126); its request_uri is stored as a digest and answered once."""

    __tablename__ = "pushed_requests"
    __table_args__ = (Index("ix_pushed_requests_expires_at", "expires_at"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id", ondelete="CASCADE"))
    params: Mapped[str] = mapped_column(Text)
    signed: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DataShared(Base):
    """What one application may learn of one person, since when; shown to the person, and theirs to withdraw."""

    __tablename__ = "data_shared"

    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id"), primary_key=True)
    scopes: Mapped[str] = mapped_column(Text)
    claims: Mapped[str] = mapped_column(Text, default="")
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
