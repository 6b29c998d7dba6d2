"""What people prove with, and what their browsers hold. Secrets are hashed, or sealed where they must be read again."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime


class PasswordHash(Base):
    """A person's one password, as an encoded hash that names its own algorithm and parameters."""

    __tablename__ = "password_hashes"

    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    must_change: Mapped[bool] = mapped_column(Boolean, default=False)


class TotpSecret(Base):
    """An authenticator app. `last_step` is the newest time step used, so that no code passes twice (RFC 6238 section 5.2)."""

    __tablename__ = "totp_secrets"
    __table_args__ = (Index("ix_totp_secrets_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(60))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """One code of a set; works once (ASVS 6.5.1)."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_person_id_digest", "person_id", "digest", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A WebAuthn credential: the public half of a key that never leaves its authenticator (WebAuthn section 4, credential record).

    discoverable: it can be found without a name (None: the browser did not say); backup_eligible: its provider may copy it
    to the person's other devices; sign_count: how often its authenticator says it was used, 0 where it does not count.
    """

    __tablename__ = "passkeys"
    __table_args__ = (Index("ix_passkeys_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    aaguid: Mapped[str] = mapped_column(String(36))
    transports: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(60))
    discoverable: Mapped[bool | None] = mapped_column(Boolean)
    backup_eligible: Mapped[bool] = mapped_column(Boolean)
    backed_up: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyHandle(Base):
    """What authenticators know a person by: random, so that it says nothing to whoever reads a lost key (WebAuthn section 14.6.1)."""

    __tablename__ = "passkey_handles"

    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"), primary_key=True)
    handle: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PasskeyChallenge(Base):
    """One question to an authenticator: for one purpose, in one browser, sign-in or session, for minutes, once."""

    __tablename__ = "passkey_challenges"
    __table_args__ = (
        Index("ix_passkey_challenges_expires_at", "expires_at"),
        Index("ix_passkey_challenges_source", "source", "expires_at"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    bound_to: Mapped[bytes] = mapped_column(LargeBinary(32))
    source: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BrowserSession(Base):
    """A signed-in browser. The cookie's token changes at sign-in and step-up; the id (`sid`) stays for the same person."""

    __tablename__ = "browser_sessions"
    __table_args__ = (
        Index("ix_browser_sessions_person_id", "person_id"),
        Index("ix_browser_sessions_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    auth_time: Mapped[datetime] = mapped_column(UtcDateTime)
    amr: Mapped[str] = mapped_column(String(60))
    acr: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    idle_seconds: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(30))
    ip: Mapped[str | None] = mapped_column(String(45))
    agent: Mapped[str | None] = mapped_column(String(200))
    shared_computer: Mapped[bool] = mapped_column(Boolean, default=False)


class SignIn(Base):
    """A person half-way through proving who they are: another table and another cookie than a session's, on purpose."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_expires_at", "expires_at"), Index("ix_sign_ins_person_id", "person_id"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    purpose: Mapped[str] = mapped_column(String(16))
    session_id: Mapped[str | None] = mapped_column(String(26))
    request_ref: Mapped[str | None] = mapped_column(String(26))
    return_to: Mapped[str | None] = mapped_column(String(2000))
    amr: Mapped[str] = mapped_column(String(60))
    device_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pending_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    needs_password_change: Mapped[bool] = mapped_column(Boolean, default=False)
    shared_computer: Mapped[bool] = mapped_column(Boolean, default=False)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    must_enrol: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    # What its last form was answered, sealed under what only its own browser holds (`repeats`), so that the same form sent
    # twice is answered alike.
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ThrottleCounter(Base):
    """Failures under one key (policy.lockout.Budget, then a digest of what is counted)."""

    __tablename__ = "throttle_counters"
    __table_args__ = (Index("ix_throttle_counters_last_at", "last_at"),)

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeLink(Base):
    """A link sent by mail or handed out. person_id is empty for a decoy: an unknown address costs the same work."""

    __tablename__ = "one_time_links"
    __table_args__ = (Index("ix_one_time_links_person_id", "person_id"), Index("ix_one_time_links_expires_at", "expires_at"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    person_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The one session that a "this was not me" link ends; which address the link was mailed to, so that its use proves that one.
    session_id: Mapped[str | None] = mapped_column(String(26))
    mailed_to: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class KnownDevice(Base):
    """A browser that signed in fully before: it guesses on a budget of its own, so nobody outside can lock its person out."""

    __tablename__ = "known_devices"
    __table_args__ = (Index("ix_known_devices_person_id", "person_id"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AgencyCode(Base):
    """A printed code with which an agency helps somebody whose phone is lost: once, for a day, in place of the second factor.

    ended_at: a newer one replaced it, or it was withdrawn.
    """

    __tablename__ = "agency_codes"
    __table_args__ = (Index("ix_agency_codes_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    reason: Mapped[str] = mapped_column(String(300))
    issued_by: Mapped[str | None] = mapped_column(String(128))
    approved_by: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RememberedDevice(Base):
    """A browser that proved two factors and may leave the second out for a while. The token's digest changes at every use."""

    __tablename__ = "remembered_devices"
    __table_args__ = (
        Index("ix_remembered_devices_person_id", "person_id"),
        Index("ix_remembered_devices_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    policy: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rotated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(30))
