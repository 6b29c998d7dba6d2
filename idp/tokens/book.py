"""What every part of the ledger works with, and how it notes what it did."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness
from idp.kernel.sealing import Sealer
from idp.tokens.store import TokenStore
from idp.tokens.view import GrantView


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things live; from the settings."""

    code_seconds: int = 60
    access_token_seconds: int = 300
    id_token_seconds: int = 300
    refresh_idle_days: int = 14
    refresh_absolute_days: int = 30


class Book:
    """The base of `idp.tokens.ledger.Ledger`.

    pause: sleeps outside any transaction, while it is decided whether a second presentation was one retry or an attack.
    """

    def __init__(
        self,
        store: TokenStore,
        audit: AuditLog,
        clock: Clock,
        randomness: Randomness,
        sealer: Sealer,
        lifetimes: Lifetimes,
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._randomness = randomness
        self._sealer = sealer
        self._lifetimes = lifetimes
        self._pause = pause

    def _note(self, tag: Tag, actor: Actor, grant: GrantView, **details: object) -> None:
        self._audit.record(
            tag,
            actor,
            subject=("person", grant.person_id),
            government=grant.government_code,
            client_id=grant.client_id,
            grant=grant.id,
            **details,
        )

    def _note_many(
        self, actor: Actor, gone: Sequence[tuple[str, str, str]], reason: str, *, person_id: str | None = None
    ) -> int:
        subject = ("person", person_id) if person_id else None
        for grant_id, client_id, _ in gone:
            self._audit.record(Tag.GRANT_REVOKE, actor, subject=subject, client_id=client_id, grant=grant_id, reason=reason)
        return len(gone)
