"""What a process read once and trusts for a while, so that a page or a sign-in costs no statement for it."""

import threading
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """One value, trusted for so long after it was read; every thread of the process shares it."""

    def __init__(self, trusted: timedelta, empty: T) -> None:
        self._trusted = trusted
        self._lock = threading.Lock()
        self._value = empty
        self._read_at: datetime | None = None

    def get(self, now: datetime) -> T | None:
        """The value, or None when it must be read again (also after the clock went backwards)."""
        with self._lock:
            fresh = self._read_at is not None and timedelta(0) <= now - self._read_at < self._trusted
            return self._value if fresh else None

    def last(self) -> T:
        """The value as last read, however long ago; the empty one before that."""
        return self._value

    def put(self, value: T, now: datetime) -> None:
        """Remember."""
        with self._lock:
            self._value, self._read_at = value, now

    def forget(self) -> None:
        """Something was changed here: read it again."""
        with self._lock:
            self._read_at = None
