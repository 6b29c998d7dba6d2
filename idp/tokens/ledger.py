"""The ledger: issue a code, redeem it once, refresh, take back. Refusals are values, so their evidence is committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.randomness import digest, opaque
from idp.kernel.scopes import format_scopes
from idp.tokens.book import Lifetimes
from idp.tokens.devices import Devices
from idp.tokens.families import Families, Refreshed
from idp.tokens.view import GrantView, NewGrant, Refused

__all__ = ["Ledger", "Lifetimes", "NewGrant", "Refreshed", "Refused", "Told"]


@dataclass(frozen=True, slots=True)
class Told:
    """An application that was signed in to with a session, and the `sub` it knows the person by."""

    client_id: str
    person_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Received:
    """What one application received: when first and last, how many times, by which scopes and single claims, and which details."""

    client_id: str
    first_at: datetime
    last_at: datetime
    times: int
    scopes: frozenset[str]
    claims: frozenset[str]
    authorization_details: tuple[dict[str, Any], ...] = ()


class Ledger(Devices, Families):
    """Grants and their tokens: what `codes`, `devices` and `families` do, access tokens, and taking back."""

    def new_jti(self, grant: GrantView | None) -> str:
        """A token identifier that leads back to its grant (RFC 9068 section 2.2); ``c`` stands for a client's own token."""
        return f"{grant.id if grant else 'c'}.{opaque(self._randomness, 12)}"

    def live(self, jti: str) -> GrantView | None:
        """The grant a token identifier leads to, with its live state, in one read."""
        return self._store.by_id(jti.split(".", 1)[0], self._clock.now())

    def note_client_token(self, actor: Actor, client_id: str, version: int, scope: Sequence[str]) -> bool:
        """Record that a client was given a token of its own (RFC 6749 section 4.4), and commit.

        Gives False, and records nothing, when the client no longer has this version.
        """
        return self._audit.record_while(Tag.TOKEN_CLIENT, actor, (client_id, version), scope=format_scopes(scope))

    def note_exchange(self, actor: Actor, grant: GrantView, *, by_client: str, to_client: str, scope: Sequence[str]) -> None:
        """Record that a token of this grant was exchanged (RFC 8693)."""
        self._note(Tag.TOKEN_EXCHANGE, actor, grant, by_client=by_client, to_client=to_client, scope=format_scopes(scope))

    def is_revoked(self, jti: str) -> bool:
        """True when a client's own token was revoked."""
        return self._store.is_revoked(jti)

    def revoke_client_token(self, actor: Actor, client_id: str, jti: str, expires_at: datetime) -> None:
        """Take a client's own token back before its end."""
        if not self._store.is_revoked(jti) and self._store.revoke_jti(jti, expires_at):
            self._audit.record(Tag.GRANT_REVOKE, actor, subject=("client", client_id), client_id=client_id, reason="client")

    def use_assertion(self, client_id: str, jti: str, expires_at: datetime) -> bool:
        """Accept a client assertion once (RFC 7523 section 3, point 7); False for a replay."""
        return self._store.use_assertion(digest(f"{client_id}\0{jti}"), expires_at)

    def use_proof(self, thumbprint: str, jti: str, expires_at: datetime) -> bool:
        """Accept a DPoP proof once (RFC 9449 section 11.1); False for a replay, on whichever worker."""
        return self._store.use_assertion(digest(f"dpop\0{thumbprint}\0{jti}"), expires_at)

    def revoke(self, actor: Actor, grant: GrantView, reason: str) -> None:
        """Take back everything one grant gave."""
        if grant.revoked_at is None and self._store.revoke(reason, self._clock.now(), grant_id=grant.id):
            self._note(Tag.GRANT_REVOKE, actor, grant, reason=reason)

    def end_session(self, actor: Actor, session_id: str, reason: str) -> list[Told]:
        """Take back what a session gave, grants with offline_access apart (OIDC Core section 11); gives whom to tell."""
        told = [Told(*row) for row in self._store.told_by(session_id)]
        if told:
            gone = self._store.revoke(reason, self._clock.now(), session_id=session_id, offline_too=False)
            self._note_many(actor, gone, reason, person_id=told[0].person_id)
        return told

    def revoke_session(self, actor: Actor, person_id: str, session_id: str, reason: str) -> int:
        """Take back all that a stranger's session gave, refresh tokens for offline use too."""
        gone = self._store.revoke(reason, self._clock.now(), session_id=session_id, person_id=person_id)
        return self._note_many(actor, gone, reason, person_id=person_id)

    def of_sessions(self, session_ids: Sequence[str]) -> dict[str, list[str]]:
        """The client ids that each of these sessions was used for."""
        found: dict[str, list[str]] = {}
        for session_id, client_id in self._store.clients_of(session_ids):
            found.setdefault(session_id, []).append(client_id)
        return found

    def received(self, person_id: str) -> list[Received]:
        """What each application received of a person by the grants still kept, the newest first."""
        found: dict[str, Received] = {}
        for row in self._store.redeemed(person_id):
            before = found.get(row.client_id)
            names = {name for part in ("userinfo", "id_token") for name in ((row.claims or {}).get(part) or {})}
            last = max(row.code_used_at, row.refreshed_at or row.code_used_at)
            found[row.client_id] = Received(
                row.client_id,
                min(row.code_used_at, before.first_at) if before else row.code_used_at,
                max(last, before.last_at) if before else last,
                (before.times if before else 0) + 1,
                frozenset(row.scope.split()) | (before.scopes if before else frozenset()),
                frozenset(names) | (before.claims if before else frozenset()),
                _each_once(before.authorization_details if before else (), row.authorization_details or ()),
            )
        return sorted(found.values(), key=lambda one: one.last_at, reverse=True)

    def revoke_person(
        self, actor: Actor, person_id: str, reason: str, *, client_id: str | None = None, keep_session: str | None = None
    ) -> int:
        """Take back every grant of a person, or those of one application; what `keep_session` gave stays."""
        gone = self._store.revoke(
            reason, self._clock.now(), person_id=person_id, client_id=client_id, keep_session=keep_session
        )
        return self._note_many(actor, gone, reason, person_id=person_id)

    def applications(self, person_id: str) -> list[tuple[str, datetime]]:
        """(client id, last use) of the applications that hold something of a person, newest first."""
        return self._store.of_person(person_id, self._clock.now())

    def recent(self, person_id: str, limit: int) -> list[str]:
        """The client ids a person signed in to last, the latest first, as far back as grants are kept."""
        return self._store.recent(person_id, limit)

    def prune(self, *, limit: int = 1000) -> int:
        """Housekeeping: delete what is over, a small batch at a time; nothing relies on it."""
        return self._store.prune(self._clock.now() - timedelta(days=1), limit=limit)

    def settle(self) -> None:
        """Make everything so far durable before slow work (signing) or before the answer leaves."""
        self._store.checkpoint()

    def undo(self) -> None:
        """Take back everything of this unit so far."""
        self._store.rollback()


def _each_once(known: tuple[dict[str, Any], ...], more: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    return (*known, *(detail for number, detail in enumerate(more) if detail not in known and detail not in more[:number]))
