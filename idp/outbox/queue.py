"""Promise work, and do it: at least once, with growing pauses, until it is given up and said so."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness, new_id
from idp.kernel.sealing import Sealer
from idp.outbox.store import OutboxStore

HOLD = timedelta(seconds=60)
KEEP_DONE = timedelta(days=7)
# Pauses after each failure: about a day in all, after which the promise is given up and an alarm stays in the audit.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 3600, 3600 * 3, 3600 * 6, 3600 * 12))


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed promise, opened."""

    id: str
    kind: str
    payload: dict[str, Any]
    attempts: int


class Outbox:
    """Puts promises in the current unit and hands them out to the worker."""

    def __init__(self, store: OutboxStore, sealer: Sealer, clock: Clock, randomness: Randomness) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._randomness = randomness

    def put(self, kind: str, payload: dict[str, Any], *, due_at: datetime | None = None) -> str:
        """Promise work of `kind` ("mail", "backchannel_logout") in this unit; gives the promise's id."""
        now = self._clock.now()
        promise_id = new_id(self._randomness, now)
        sealed = self._sealer.seal(json.dumps(payload).encode(), f"outbox:{promise_id}")
        self._store.add(id=promise_id, kind=kind, sealed=sealed, created_at=now, due_at=due_at or now, attempts=0)
        return promise_id

    def mail(self, to: str | None, letter: str, locale: str | None, params: Mapping[str, object], **more: object) -> str:
        """Promise a letter. to: None for one that the worker drops; params: what it says; more: what else the worker must know."""
        return self.put("mail", {"to": to, "letter": letter, "locale": locale, "params": dict(params), **more})

    def claim(self) -> Work | None:
        """The next piece of due work, held for a minute; None when there is none."""
        now = self._clock.now()
        promise = self._store.claim(now, now + HOLD)
        if promise is None:
            return None
        payload = json.loads(self._sealer.open(promise.sealed, f"outbox:{promise.id}"))
        return Work(promise.id, promise.kind, payload, promise.attempts)

    def done(self, work: Work) -> None:
        """It was done; the payload is emptied, since it may have held a link."""
        sealed = self._sealer.seal(b"{}", f"outbox:{work.id}")
        self._store.settle(work.id, done_at=self._clock.now(), sealed=sealed, last_error=None)

    def prune(self, *, limit: int) -> int:
        """Housekeeping: forget promises kept a week ago, at most `limit`; gives how many."""
        return self._store.prune(self._clock.now() - KEEP_DONE, limit)

    def failed(self, work: Work, error: str, *, final: bool = False) -> bool:
        """It went wrong for `error` (no secrets); gives True when it is given up for good."""
        now = self._clock.now()
        if final or work.attempts > len(PAUSES):
            sealed = self._sealer.seal(b"{}", f"outbox:{work.id}")
            self._store.settle(work.id, failed_at=now, last_error=error[:200], sealed=sealed)
            return True
        self._store.settle(work.id, due_at=now + PAUSES[work.attempts - 1], last_error=error[:200])
        return False
