"""Housekeeping: the record of what happened is kept in order, and every room forgets what has ended, in small batches."""

from collections.abc import Callable
from typing import Protocol

from sqlalchemy.orm import Session

from idp.db.session import Database

BATCH = 500


class Prunable(Protocol):
    """A room that forgets what has ended."""

    def prune(self, *, limit: int) -> int:
        """Delete at most `limit` rows; gives how many."""


class Housekeeping:
    """Keeps the record in order, and cleans every room in small batches, each in a unit of its own.

    keep_record: one round over the record, which says what it did by name; rooms: makes, over a session, the rooms to prune by name.
    """

    def __init__(
        self, database: Database, keep_record: Callable[[], dict[str, int]], rooms: Callable[[Session], dict[str, Prunable]]
    ) -> None:
        self._database = database
        self._keep_record = keep_record
        self._rooms = rooms

    def round(self) -> dict[str, int]:
        """One round; gives how many rows went per room, and how many events were sealed."""
        done = self._keep_record()
        with self._database.unit(read_only=True) as session:
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
