"""Applications as rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime
from idp.directory import models as _directory  # noqa: F401 - the tables that foreign keys here point to


class Client(Base):
    """One application (RFC 7591 section 2 gives most of the names). `version` grows with each change."""

    __tablename__ = "clients"

    client_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_id: Mapped[str | None] = mapped_column(String(200))
    government_code: Mapped[str | None] = mapped_column(String(5), ForeignKey("governments.code"))
    home_uri: Mapped[str | None] = mapped_column(String(2000))
    topic: Mapped[str | None] = mapped_column(String(64))
    auth_method: Mapped[str] = mapped_column(String(32))
    grants: Mapped[str] = mapped_column(String(400))
    scopes: Mapped[str] = mapped_column(String(2000))
    require_pkce: Mapped[bool] = mapped_column(Boolean)
    subject_type: Mapped[str] = mapped_column(String(8))
    sector: Mapped[str] = mapped_column(String(255))
    id_token_alg: Mapped[str] = mapped_column(String(8))
    access_token_alg: Mapped[str] = mapped_column(String(8))
    userinfo_alg: Mapped[str | None] = mapped_column(String(8))
    first_party: Mapped[bool] = mapped_column(Boolean)
    min_acr: Mapped[str | None] = mapped_column(String(64))
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    jwks_uri: Mapped[str | None] = mapped_column(String(2000))
    dpop: Mapped[bool] = mapped_column(Boolean)
    certificate_bound: Mapped[bool] = mapped_column(Boolean)
    tls_subject_type: Mapped[str | None] = mapped_column(String(8))
    tls_subject: Mapped[str | None] = mapped_column(String(1000))
    backchannel_logout_uri: Mapped[str | None] = mapped_column(String(2000))
    frontchannel_logout_uri: Mapped[str | None] = mapped_column(String(2000))
    frontchannel_logout_session_required: Mapped[bool] = mapped_column(Boolean)
    audience: Mapped[list[str]] = mapped_column(JSON)  # the resources it is
    resources: Mapped[list[str]] = mapped_column(JSON)  # the resources it may ask tokens for
    profile: Mapped[str | None] = mapped_column(String(24))
    require_par: Mapped[bool] = mapped_column(Boolean)
    require_request_object: Mapped[bool] = mapped_column(Boolean)
    request_object_alg: Mapped[str | None] = mapped_column(String(16))
    request_uris: Mapped[list[str]] = mapped_column(JSON)
    response_alg: Mapped[str | None] = mapped_column(String(16))
    introspection_alg: Mapped[str | None] = mapped_column(String(16))
    id_token_key_alg: Mapped[str | None] = mapped_column(String(16))
    userinfo_key_alg: Mapped[str | None] = mapped_column(String(16))
    response_key_alg: Mapped[str | None] = mapped_column(String(16))
    initiate_login_uri: Mapped[str | None] = mapped_column(String(2000))
    sector_identifier_uri: Mapped[str | None] = mapped_column(String(2000))
    authorization_types: Mapped[list[str]] = mapped_column(JSON)  # of the authorization details it may use (RFC 9396)
    access: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClientRedirectUri(Base):
    """An address the browser may be sent back to: after signing in (`redirect`) or out (`post_logout`)."""

    __tablename__ = "client_redirect_uris"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    position: Mapped[int] = mapped_column(Integer)
    uri: Mapped[str] = mapped_column(String(2000))
    origin: Mapped[str | None] = mapped_column(String(300), index=True)


class ClientSecret(Base):
    """A secret by its digest; `prefix` lets people tell two generated secrets apart."""

    __tablename__ = "client_secrets"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    prefix: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClientAccess(Base):
    """Who may use an application whose access is `assigned`: a person, a government or a unit (exactly one)."""

    __tablename__ = "client_access"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN government_code IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_subject",
        ),
        Index("ix_client_access_client_id_person_id", "client_id", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id", ondelete="CASCADE"))
    person_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("people.id", ondelete="CASCADE"))
    government_code: Mapped[str | None] = mapped_column(String(5), ForeignKey("governments.code"))
    unit_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("units.id", ondelete="CASCADE"))


class ExchangePair(Base):
    """`from_client` may exchange its people's access tokens for tokens meant for `to_client`, with at most these scopes (RFC 8693)."""

    __tablename__ = "exchange_pairs"

    from_client: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True)
    to_client: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True)
    scopes: Mapped[str] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuthorizationType(Base):
    """A declared type of authorization details (RFC 9396 section 2): its fields, its words for people, the APIs it is about."""

    __tablename__ = "authorization_types"

    type: Mapped[str] = mapped_column(String(128), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    title_id: Mapped[str] = mapped_column(String(200))
    schema: Mapped[dict[str, Any]] = mapped_column(JSON)
    resources: Mapped[list[str]] = mapped_column(JSON)
    without_person: Mapped[bool] = mapped_column(Boolean)  # also for a client's own tokens
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegistrationToken(Base):
    """An initial access token (RFC 7591 section 1.2) by its digest: what may be registered with it, how often, until when."""

    __tablename__ = "registration_tokens"
    __table_args__ = (Index("uq_registration_tokens_digest", "digest", unique=True),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    policy: Mapped[str] = mapped_column(String(16))
    government_code: Mapped[str | None] = mapped_column(String(5), ForeignKey("governments.code"))
    resources: Mapped[list[str]] = mapped_column(JSON)  # what clients registered with it may ask tokens for
    uses: Mapped[int] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ClientRegistration(Base):
    """A client that registered itself: the digest of its registration access token, and what it said that we only repeat.

    previous_digest: the token before the last rotation, good until the present one is first used (`confirmed_at`).
    """

    __tablename__ = "client_registrations"
    __table_args__ = (Index("ix_client_registrations_registration_token_id", "registration_token_id"),)

    client_id: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True)
    registration_token_id: Mapped[str] = mapped_column(String(26), ForeignKey("registration_tokens.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    previous_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
