"""Everything this house holds of one person, as plain values: what they may read, take along and have corrected (UU 27/2022, article 6).

`SCHEMA` names the shape; it is described in docs/my-data.md. Secrets are left out: they are kept as digests, or sealed.
"""

from collections.abc import Mapping
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.account_security import Factors
from idp.authn.sessions import Sessions
from idp.directory.corrections import Corrections
from idp.directory.profile import Profile
from idp.directory.store import DirectoryStore
from idp.interaction.consent import Consents
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import NotFound
from idp.tokens.ledger import Ledger

SCHEMA = "https://sso.sumutprov.go.id/schemas/my-data/1"
LONGEST_HISTORY = 5000
_PERSON = (
    "username", "name", "given_name", "family_name", "title_before", "title_after", "nickname", "email", "email_verified_at", "phone",
    "phone_verified_at", "birthdate", "government_code", "government_name", "employment_status", "activity", "status", "locale",
    "number_kind", "number", "nik", "updated_at",
)  # fmt: skip


class MyData:
    """Collects; each download is recorded."""

    def __init__(
        self, directory: DirectoryStore, factors: Factors, sessions: Sessions, ledger: Ledger, consents: Consents,
        corrections: Corrections, audit: AuditLog, clock: Clock,
    ) -> None:  # fmt: skip
        self._directory, self._factors, self._sessions, self._ledger = directory, factors, sessions, ledger
        self._consents, self._corrections, self._audit, self._clock = consents, corrections, audit, clock

    def export(self, actor: Actor, person_id: str, form: str) -> dict[str, Any]:
        """All of it, in JSON's own types; the record says who took it, and as what (``json``, ``html``)."""
        profile = self._directory.profile(person_id, ("openid", "profile", "email", "phone", "asn", "roles", "nik"))
        if profile is None:
            raise NotFound("person.unknown", "there is no such person")
        self._audit.record(Tag.DATA_EXPORT, actor, subject=("person", person_id), government=profile.government_code, form=form)
        found: dict[str, Any] = {
            "schema": SCHEMA,
            "made_at": self._clock.now(),
            "identity": {name: getattr(profile, name) for name in _PERSON},
            "assignments": [_slots(post) for post in profile.posts],
            "roles": [_slots(role) for role in profile.roles],
            **self._security(person_id),
            **self._shared(person_id),
            "corrections": self._asked(profile),
            "history": self._history(person_id),
        }
        plain: dict[str, Any] = _plain(found)
        return plain

    def _security(self, person_id: str) -> dict[str, Any]:
        factors = self._factors.list(person_id)
        return {
            "factors": [
                {"kind": "passkey", "name": one.name, "created_at": one.created_at, "last_used_at": one.last_used_at}
                for one in self._factors.passkeys(person_id)
            ]
            + [
                {"kind": "totp", "name": one.name, "created_at": one.created_at, "last_used_at": one.last_used_at} for one in factors
            ],
            "recovery_codes_left": self._factors.recovery_codes_left(person_id),
            "sessions": [
                {"created_at": row.created_at, "last_seen_at": row.last_seen_at, "ip": row.ip, "agent": row.agent,
                 "shared_computer": row.shared_computer}
                for row in self._sessions.list(person_id)
            ],
        }  # fmt: skip

    def _shared(self, person_id: str) -> dict[str, Any]:
        return {
            "received": [
                {"client_id": one.client_id, "first_at": one.first_at, "last_at": one.last_at, "times": one.times,
                 "scopes": sorted(one.scopes), "claims": sorted(one.claims), "authorization_details": one.authorization_details}
                for one in self._ledger.received(person_id)
            ],
            "consents": [_slots(one) for one in self._consents.of(person_id)],
        }  # fmt: skip

    def _asked(self, profile: Profile) -> list[dict[str, Any]]:
        names = ("field", "wanted", "note", "state", "answer", "created_at", "answered_at")
        return [{name: getattr(row, name) for name in names} for row in self._corrections.of_person(profile.person_id)]

    def _history(self, person_id: str) -> list[dict[str, Any]]:
        events = self._audit.history(("person", person_id), tuple(Tag), limit=LONGEST_HISTORY)
        return [
            {"at": event.at, "event": event.tag, "client_id": event.client_id, "ip": event.ip, "agent": event.agent,
             "by": event.actor_kind, "details": event.details}
            for event in events
        ]  # fmt: skip


def _slots(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
