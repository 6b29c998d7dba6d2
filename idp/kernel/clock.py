"""Time is handed in, so that every rule about it can be tested."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present moment."""

    def now(self) -> datetime:
        """The present, timezone-aware, in UTC."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present, timezone-aware, in UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that moves only when told to; for tests and simulations."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The moment the clock stands at."""
        return self._at

    def advance(self, *, seconds: float) -> None:
        """Move the clock by `seconds` (negative moves it back)."""
        self._at += timedelta(seconds=seconds)


def epoch(moment: datetime) -> int:
    """Seconds since 1970-01-01 UTC, as JWT NumericDate wants them (RFC 7519 section 2)."""
    return int(moment.timestamp())


def from_epoch(seconds: float) -> datetime:
    """The aware UTC moment of a NumericDate."""
    return datetime.fromtimestamp(seconds, UTC)
