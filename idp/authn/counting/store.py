"""Counters of failures: every statement about them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Integer, String, bindparam, column, delete, select, text, update
from sqlalchemy.orm import Session

from idp.authn.models import ThrottleCounter
from idp.db.base import UtcDateTime
from idp.db.lane import Prepared

_counter = ThrottleCounter.__table__
ALL = 1_000_000_000  # more failures than any counter holds
_BLOCK = Prepared(
    update(_counter)  # type: ignore[arg-type]
    .where(_counter.c.key == bindparam("blocked"))
    .values(blocked_until=bindparam("until", type_=UtcDateTime()))
)


class ThrottleStore:
    """Counters of failures. Every change of one key waits for the other's commit, so no burst slips through."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, keys: Sequence[str], stale: Sequence[datetime], now: datetime) -> dict[str, tuple[int, datetime | None]]:
        """Add one failure to each key in one statement; gives {key: (failures, blocked until)} as they then stand.

        A key that is blocked now is left as it is; one untouched since its `stale` moment starts anew.
        """
        values: dict[str, Any] = {"now": now}
        for position, (key, moment) in enumerate(zip(keys, stale, strict=True)):
            values |= {f"key{position}": key, f"stale{position}": moment}
        rows = _counting(len(keys)).all(self._session, **values)
        return {row.key: (row.failures, row.blocked_until) for row in rows}

    def block(self, key: str, until: datetime) -> None:
        """Refuse this key until a moment."""
        _BLOCK.run(self._session, blocked=key, until=until)

    def take_back(self, returns: Sequence[tuple[str, int, bool]], now: datetime) -> None:
        """Of each (key, failures, unblock): take so many failures back, and its block where this attempt had set it.

        In one statement and in the order given, as `count` takes them: two that meet wait for each other and cannot lock up.
        """
        values: dict[str, Any] = {"now": now}
        for position, (key, failures, unblock) in enumerate(returns):
            values |= {f"key{position}": key, f"less{position}": failures, f"unblock{position}": unblock}
        if returns:
            _taking_back(len(returns)).later(self._session, **values)

    def prune(self, before: datetime, limit: int) -> int:
        """Delete counters untouched since `before`, at most `limit`; gives how many."""
        old = select(ThrottleCounter.key).where(ThrottleCounter.last_at < before).limit(limit)
        gone = self._session.execute(delete(ThrottleCounter).where(ThrottleCounter.key.in_(old)).returning(ThrottleCounter.key))
        return len(gone.all())


@cache
def _counting(keys: int) -> Prepared:
    """The upsert over `keys` keys, built once for each size. The same SQL runs on SQLite and PostgreSQL.

    An inserted row carries its `stale` moment in blocked_until: it lies in the past, so it blocks nothing, and the
    update branch can compare with it by key.
    """
    rows = ", ".join(f"(:key{n}, 1, :now, :now, :stale{n})" for n in range(keys))
    old, stale = "throttle_counters.blocked_until > excluded.last_at", "throttle_counters.last_at < excluded.blocked_until"
    statement = text(
        f"INSERT INTO throttle_counters (key, failures, first_at, last_at, blocked_until) VALUES {rows}"  # noqa: S608 - no values
        " ON CONFLICT (key) DO UPDATE SET"
        f" failures = CASE WHEN {old} THEN throttle_counters.failures"
        f" WHEN {stale} THEN 1 ELSE throttle_counters.failures + 1 END,"
        f" first_at = CASE WHEN {stale} AND NOT coalesce({old}, FALSE) THEN excluded.first_at ELSE throttle_counters.first_at END,"
        f" last_at = CASE WHEN {old} THEN throttle_counters.last_at ELSE excluded.last_at END"
        " RETURNING key, failures, blocked_until"
    )
    moments = [bindparam("now", type_=UtcDateTime()), *(bindparam(f"stale{n}", type_=UtcDateTime()) for n in range(keys))]
    answer = (column("key", String), column("failures", Integer), column("blocked_until", UtcDateTime()))
    return Prepared(statement.bindparams(*moments).columns(*answer))


@cache
def _taking_back(keys: int) -> Prepared:
    """The same shape over `keys` keys, for its order of locks; a key that is gone comes back with nothing counted."""
    rows = ", ".join(f"(:key{n}, 0, :now, :now)" for n in range(keys))
    less, unblock = (
        "CASE excluded.key " + " ".join(f"WHEN CAST(:key{n} AS VARCHAR(80)) THEN CAST(:{name}{n} AS {kind})" for n in range(keys)) + " END"
        for name, kind in (("less", "INTEGER"), ("unblock", "BOOLEAN"))
    )
    statement = text(
        f"INSERT INTO throttle_counters (key, failures, first_at, last_at) VALUES {rows}"  # noqa: S608 - no values
        " ON CONFLICT (key) DO UPDATE SET"
        f" failures = CASE WHEN throttle_counters.failures > {less} THEN throttle_counters.failures - {less} ELSE 0 END,"
        f" blocked_until = CASE WHEN {unblock} THEN NULL ELSE throttle_counters.blocked_until END"
    )
    flags = (bindparam(f"unblock{n}", type_=Boolean()) for n in range(keys))
    return Prepared(statement.bindparams(bindparam("now", type_=UtcDateTime()), *flags))
