"""The hash chain: sealing events per government, and proving that none was changed, added or taken away.

Sealing is done by the worker after the fact, so that no request waits for another's place in a chain; an event is
sealed once it is older than any transaction can live (`GRACE`), so a late commit cannot slip in below a seal.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.audit.models import AuditSeal
from idp.audit.store import AuditStore
from idp.kernel.clock import Clock

GRACE = timedelta(seconds=60)
_START = b"\x00" * 32


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found for one chain."""

    chain: str
    seals: int
    events: int
    broken_at: int | None


def seal_all(store: AuditStore, clock: Clock) -> int:
    """Extend every chain to the present; gives how many events were sealed."""
    before = clock.now() - GRACE
    return sum(_seal_chain(store, chain, before, clock.now()) for chain in store.chains(before=before))


def verify_all(store: AuditStore) -> list[Verdict]:
    """Recompute every chain from the events themselves."""
    chains: dict[str, list[AuditSeal]] = {}
    for seal in store.seals():
        chains.setdefault(seal.chain, []).append(seal)
    return [_verify_chain(store, chain, seals) for chain, seals in chains.items()]


def _seal_chain(store: AuditStore, chain: str, before: datetime, now: datetime) -> int:
    last = store.last_seal(chain)
    after = last.last_event if last else 0
    count, first, final, value = _fold(last.hash if last else _START, store.events(chain, after=after, before=before))
    if count:
        number = last.number + 1 if last else 1
        store.add_seal(
            AuditSeal(chain=chain, number=number, first_event=first, last_event=final, events=count, hash=value, at=now)
        )
    return count


def _verify_chain(store: AuditStore, chain: str, seals: list[AuditSeal]) -> Verdict:
    value, after, total = _START, 0, 0
    for position, seal in enumerate(seals, start=1):
        count, _, _, value = _fold(value, store.events(chain, after=after, upto=seal.last_event))
        total += count
        if value != seal.hash or count != seal.events or seal.number != position:
            return Verdict(chain, len(seals), total, seal.number)
        after = seal.last_event
    return Verdict(chain, len(seals), total, None)


def _fold(start: bytes, rows: Iterable[Any]) -> tuple[int, int, int, bytes]:
    running, count, first, final = hashlib.sha256(start), 0, 0, 0
    for row in rows:
        running.update(hashlib.sha256(canonical(row)).digest())
        count, first, final = count + 1, first or row.id, row.id
    return count, first, final, running.digest()


def canonical(row: Any) -> bytes:
    """One event as canonical JSON: sorted names, UTC moments, no spaces; what is hashed and what is exported."""
    return json.dumps(as_record(row), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def as_record(row: Any) -> dict[str, Any]:
    """One event as plain values."""
    record = dict(row._mapping)  # noqa: SLF001 - the documented way to read a Row as a mapping
    record["at"] = record["at"].isoformat()
    return record
