"""Housekeeping: every room forgets what has ended, in small batches; the audit record is sealed."""

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy.orm import Session

from idp.audit import seals
from idp.audit.store import AuditStore
from idp.db.session import Database
from idp.kernel.clock import Clock

BATCH = 500


class Prunable(Protocol):
    """A room that forgets what has ended."""

    def prune(self, *, limit: int) -> int:
        """Delete at most `limit` rows; gives how many."""


class Housekeeping:
    """Cleans every room in small batches, each in a unit of its own, and seals the audit record.

    rooms: makes, over a session, the rooms to prune by name.
    """

    def __init__(self, database: Database, clock: Clock, rooms: Callable[[Session], dict[str, Prunable]]) -> None:
        self._database = database
        self._clock = clock
        self._rooms = rooms

    def round(self) -> dict[str, int]:
        """One round; gives how many rows went per room, and how many events were sealed."""
        with self._database.unit() as session:
            done: dict[str, Any] = {"sealed": seals.seal_all(AuditStore(session), self._clock)}
            names = list(self._rooms(session))
        for name in names:
            done[name] = self._empty(name)
        return done

    def _empty(self, name: str) -> int:
        total = 0
        while True:
            with self._database.unit() as session:
                count = self._rooms(session)[name].prune(limit=BATCH)
            total += count
            if count < BATCH:
                return total
