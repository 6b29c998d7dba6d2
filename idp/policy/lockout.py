"""How long guessing waits: failures in, seconds out.

NIST SP 800-63B-4 section 3.2.2: at most 100 consecutive failures per authenticator. ASVS 6.1.1 and 6.3.1: throttle without
letting anybody lock a person out, so every delay ends by itself and a known device has a budget of its own.
"""

from dataclasses import dataclass
from enum import StrEnum

MOST_FAILURES = 100
DAY = 86_400


class Budget(StrEnum):
    """One separately counted allowance of failures. The value is the prefix of its counters' keys."""

    PASSWORD_FROM_SOURCE = "ps"  # noqa: S105
    PASSWORD_OF_ACCOUNT = "pa"  # noqa: S105
    SOURCE = "s"  # one source over all accounts
    CODE = "c"  # second factors of one account
    RESET = "r"  # reset letters to one account
    DEVICE = "d"  # user codes of devices typed by one person
    DEVICE_SOURCE = "ds"  # and by one source
    RESET_SOURCE = "rs"  # reset letters asked for by one source


@dataclass(frozen=True, slots=True)
class Schedule:
    """free: the failures that cost nothing; first: the delay in seconds that failure number `free + 1` earns; it doubles
    up to `most`; stop: from so many failures on, a day; window: a counter untouched for so long starts anew."""

    free: int
    first: int
    most: int
    stop: int = MOST_FAILURES
    window: int = DAY


SCHEDULES = {
    # First delay at the fifth failure, whoever counts.
    Budget.PASSWORD_FROM_SOURCE: Schedule(free=4, first=30, most=3_600),
    Budget.PASSWORD_OF_ACCOUNT: Schedule(free=19, first=30, most=900),
    # A whole office behind one address makes honest mistakes at eight in the morning.
    Budget.SOURCE: Schedule(free=299, first=60, most=900, stop=10_000, window=3_600),
    Budget.CODE: Schedule(free=4, first=60, most=3_600),
    # 34 bits for ten minutes: nobody types so many wrong codes by mistake (RFC 8628 section 5.1).
    Budget.DEVICE: Schedule(free=9, first=60, most=3_600),
    Budget.DEVICE_SOURCE: Schedule(free=99, first=60, most=900, stop=10_000, window=3_600),
    # Letters, not guesses: three an hour and account are plenty.
    Budget.RESET: Schedule(free=2, first=900, most=3_600, window=3_600),
    Budget.RESET_SOURCE: Schedule(free=99, first=60, most=900, stop=10_000, window=3_600),
}


def delay(budget: Budget, failures: int) -> int:
    """Seconds to wait after failure number `failures`; 0 while it is free. Never endless."""
    schedule = SCHEDULES[budget]
    if failures <= schedule.free:
        return 0
    if failures >= schedule.stop:
        return DAY
    doublings: int = min(failures - schedule.free - 1, 20)
    return min(schedule.first << doublings, schedule.most)


def must_tell(budget: Budget, failures: int) -> bool:
    """True when the person should be told by mail: the first code delay and each tenth failure after, or a spread attack.

    Wrong codes come after a right password, so they alarm early (ASVS 6.3.5).
    """
    if budget is Budget.CODE:
        return failures == SCHEDULES[budget].free + 1 or failures % 10 == 0
    return budget is Budget.PASSWORD_OF_ACCOUNT and failures in (50, MOST_FAILURES)
