"""The clients a process knows, each trusted for a short time without asking the database."""

import threading
from datetime import datetime, timedelta

from idp.clients.snapshot import ClientSnapshot

TRUSTED_FOR = timedelta(seconds=5)


class ClientCache:
    """Snapshots by client id, with the moment each was last compared with the database; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[ClientSnapshot, datetime]] = {}

    def get(self, client_id: str, now: datetime) -> tuple[ClientSnapshot, bool] | None:
        """The snapshot kept and whether it may be trusted without asking, or None."""
        entry = self._entries.get(client_id)
        if entry is None:
            return None
        # abs: a clock that was set back must not lengthen the trust.
        return entry[0], abs(now - entry[1]) < TRUSTED_FOR

    def keep(self, snapshot: ClientSnapshot, now: datetime) -> None:
        """Keep a snapshot that was just read from, or compared with, the database; never replace a newer version."""
        with self._lock:
            there = self._entries.get(snapshot.client_id)
            if there is None or there[0].version <= snapshot.version:
                self._entries[snapshot.client_id] = (snapshot, now)

    def forget(self, client_id: str) -> None:
        """Drop what is kept of a client."""
        with self._lock:
            self._entries.pop(client_id, None)
