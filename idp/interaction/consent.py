"""Data shared: what an application may learn of a person, shown to them, recorded, and theirs to withdraw.

Staff sign-in rests on public duty, so this informs and records; refusing ends the request (UU 27/2022, domain.md).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.interaction.request import AuthorizationRequestData
from idp.interaction.store import InteractionStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.randomness import digest
from idp.kernel.scopes import format_scopes, parse


@dataclass(frozen=True, slots=True)
class SharedData:
    """One application's record, for the person's pages."""

    client_id: str
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    granted_at: datetime
    withdrawn_at: datetime | None


def claims_named(data: AuthorizationRequestData) -> tuple[str, ...]:
    """Claims asked for one by one with the `claims` parameter (OIDC Core section 5.5), sorted."""
    named: set[str] = set()
    for member in ("userinfo", "id_token"):
        wanted: Any = (data.claims or {}).get(member)
        if isinstance(wanted, dict):
            named.update(wanted)
    return tuple(sorted(named - {"acr", "auth_time", "sub", "amr", "sid", "nonce", "iss", "aud"}))


def covers(scopes: str | None, claims: str | None, data: AuthorizationRequestData) -> bool:
    """True when what was shown before holds all that is asked now."""
    if scopes is None:
        return False
    return set(data.scope) <= set(parse(scopes)) and set(claims_named(data)) <= set((claims or "").split())


def _agreed(data: AuthorizationRequestData) -> dict[str, Any]:
    """For the record: which types, and a fingerprint that proves which details; their values may be private (RFC 9396 section 13)."""
    if not data.authorization_details:
        return {}
    text = json.dumps(data.authorization_details, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    types = sorted({str(detail["type"]) for detail in data.authorization_details})
    return {"authorization_types": types, "authorization_fingerprint": digest(text).hex()}


class Consents:
    """Records and withdrawals."""

    def __init__(self, store: InteractionStore, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    def record(self, actor: Actor, person_id: str, data: AuthorizationRequestData, *, government: str | None) -> None:
        """Record that `person_id` was shown, and shares, what `data` asks for (widening what was shared before)."""
        before = self._store.standing(person_id, data.client_id)
        scopes = set(data.scope) | set(parse(before.scopes) if before else ())
        claims = set(claims_named(data)) | set((before.claims or "").split() if before else ())
        self._store.share(
            person_id, data.client_id, format_scopes(sorted(scopes)), " ".join(sorted(claims)), self._clock.now()
        )
        self._audit.record(
            Tag.DATA_SHARED_ALLOW,
            actor,
            subject=("person", person_id),
            government=government,
            client_id=data.client_id,
            scope=format_scopes(sorted(scopes)),
            **_agreed(data),
        )

    def deny(self, actor: Actor, person_id: str, data: AuthorizationRequestData, *, government: str | None) -> None:
        """Record that the person declined; the request then ends with access_denied."""
        self._audit.record(
            Tag.DATA_SHARED_DENY, actor, subject=("person", person_id), government=government, client_id=data.client_id
        )

    def of(self, person_id: str) -> list[SharedData]:
        """Everything the person shares or shared, newest first."""
        return [
            SharedData(row.client_id, parse(row.scopes), tuple(row.claims.split()), row.granted_at, row.withdrawn_at)
            for row in self._store.shared_by(person_id)
        ]

    def withdraw(self, actor: Actor, person_id: str, client_id: str, *, government: str | None) -> bool:
        """Withdraw; the caller revokes the client's grants. False when nothing was shared."""
        if not self._store.withdraw(person_id, client_id, self._clock.now()):
            return False
        self._audit.record(
            Tag.DATA_SHARED_WITHDRAW, actor, subject=("person", person_id), government=government, client_id=client_id
        )
        return True
