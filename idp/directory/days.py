"""Calendar days of North Sumatra: dates in decrees are local ones (WIB, UTC+7, no summer time)."""

from datetime import date, timedelta, timezone

from idp.kernel.clock import Clock

WIB = timezone(timedelta(hours=7), "WIB")


def today(clock: Clock) -> date:
    """The local date at present."""
    return clock.now().astimezone(WIB).date()
