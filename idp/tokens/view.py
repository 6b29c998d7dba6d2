"""A grant as the rest of the house sees it: plain, frozen, with the live state it was read with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class GrantView:
    """One grant, and how its person, session and client stood when it was read.

    subject: the `sub` this client knows the person by; session_open: the browser session neither ended nor over its
    absolute time; client_version: the live version of the client's registration, None when it is gone;
    person_has_roles: False when the person is known to hold no role at present.
    """

    id: str
    client_id: str
    person_id: str
    session_id: str | None
    subject: str
    government_code: str | None
    scope: str
    resource: str
    claims: dict[str, Any] | None
    nonce: str | None
    redirect_uri: str
    code_challenge: str | None
    auth_time: datetime
    acr: str
    amr: str
    offline: bool
    code_digest: bytes
    code_expires_at: datetime
    code_used_at: datetime | None
    created_at: datetime
    expires_at: datetime
    generation: int | None
    refreshed_at: datetime | None
    retries: int
    revoked_at: datetime | None
    person_status: str | None
    person_activity: str | None
    person_government: str | None
    session_open: bool
    client_status: str | None
    client_version: int | None
    bound_to: str | None = None
    authorization_details: list[dict[str, Any]] | None = None
    person_employment: str | None = None
    person_has_roles: bool = True

    def trouble(self, now: datetime) -> str | None:
        """Why nothing may be given or told by this grant any more, or None (security.md: live state at every path)."""
        if self.revoked_at is not None:
            return "revoked"
        if self.client_status != "active":
            return "client"
        if self.person_status != "active":
            return "person"
        if not self.offline and not self.session_open:
            return "session"
        if self.expires_at <= now:
            return "expired"
        return None


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device that waits for a person, or was answered (RFC 8628). ip: where its request came from."""

    id: str
    client_id: str
    scope: str
    resource: str
    acr_values: str
    ip: str | None
    created_at: datetime
    expires_at: datetime
    pace: int
    person_id: str | None
    session_id: str | None
    subject: str | None
    government_code: str | None
    auth_time: datetime | None
    acr: str | None
    amr: str | None
    approved_at: datetime | None
    denied_at: datetime | None
    redeemed_at: datetime | None
    authorization_details: list[dict[str, Any]] | None

    def state(self, now: datetime) -> str:
        """``redeemed``, ``denied``, ``expired``, ``approved`` or ``pending``."""
        if self.redeemed_at is not None:
            return "redeemed"
        if self.denied_at is not None:
            return "denied"
        if self.expires_at <= now:
            return "expired"
        return "pending" if self.approved_at is None else "approved"


@dataclass(frozen=True, slots=True)
class NewGrant:
    """What an answered authorization request grants."""

    client_id: str
    person_id: str
    session_id: str
    subject: str
    government_code: str | None
    scope: tuple[str, ...]
    resource: tuple[str, ...]
    claims: dict[str, Any] | None
    nonce: str | None
    redirect_uri: str
    code_challenge: str | None
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]
    bound_to: str | None = None
    authorization_details: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """An expected refusal: `reason` is ours (audit), the client is told `invalid_grant` only."""

    reason: str
