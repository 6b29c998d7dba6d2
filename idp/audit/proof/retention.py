"""Deletion on time: an event goes when its class is kept no longer, its leaf stays under the seal, and a signed statement says so."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from idp.audit.classes import Class, tags_of
from idp.audit.log import AuditLog
from idp.audit.proof.chain import START, as_ranges, as_record, leaf, link, seal_words, unpack
from idp.audit.proof.signing import Checker, Signer
from idp.audit.proof.store import ProofStore
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.db.session import Database
from idp.kernel.actor import SYSTEM
from idp.kernel.clock import Clock

BATCH = 1000


class Retention:
    """Deletes what is past keeping, in short units of its own.

    days: how many days each class is kept; a class that is not named is kept for ever.
    """

    def __init__(self, database: Database, clock: Clock, signer: Callable[[], Signer], checker: Callable[[], Checker],
                 days: Mapping[Class, int]) -> None:  # fmt: skip
        self._database, self._clock, self._signer, self._checker, self._days = database, clock, signer, checker, dict(days)

    def round(self, *, most: int = 20) -> int:
        """Delete at most so many batches; gives how many events went. Only events go that are still what was sealed."""
        due = list(self._due())
        if not due:
            return 0
        signer, checker, total, left = self._signer(), self._checker(), 0, most
        for kind, tag, before in due:
            while left and (count := self._batch(signer, checker, kind, tag, before)):
                total, left = total + count, left - 1
        return total

    def _due(self) -> list[tuple[Class, Tag, datetime]]:
        found, now = [], self._clock.now()
        with self._database.unit(read_only=True) as session:
            store = ProofStore(session)
            for kind, days in self._days.items():
                before = now - timedelta(days=days)
                found += [(kind, tag, before) for tag in tags_of(kind) if store.oldest(tag, before, 1)]
        return found

    def _batch(self, signer: Signer, checker: Checker, kind: Class, tag: Tag, before: datetime) -> int:
        total = 0
        with self._database.unit() as session:
            store = ProofStore(session)
            rows = sorted(store.oldest(tag, before, BATCH), key=lambda row: (row.government_code or "", row.id))
            for chain, group in groupby(rows, key=lambda row: row.government_code or ""):
                numbers = _proven(store, checker, chain, list(group))
                if numbers:
                    why = {"class": kind.value, "tag": tag.value, "before": before.isoformat()}
                    total += self._delete(store, signer, chain, numbers, why)
            if total:
                AuditLog(AuditStore(session), self._clock).record(
                    Tag.AUDIT_PRUNE, SYSTEM, events=total, kind=tag.value, keep=kind.value, before=before.isoformat()
                )
        return total

    def _delete(self, store: ProofStore, signer: Signer, chain: str, numbers: list[int], why: dict[str, Any]) -> int:
        number, now = store.last_pruning(chain) + 1, self._clock.now()
        statement = {
            "kind": "audit-pruning", "chain": chain, "number": number, "ids": as_ranges(numbers), "events": len(numbers),
            "at": now.isoformat(), **why,
        }  # fmt: skip
        store.add_pruning(
            chain=chain, number=number, first_event=numbers[0], last_event=numbers[-1], events=len(numbers),
            statement=signer.state(statement), at=now,
        )  # fmt: skip
        return store.delete_events(numbers)


def _proven(store: ProofStore, checker: Checker, chain: str, rows: list[Any]) -> list[int]:
    """The numbers of those rows that are what a signed seal says: else a spoiled moment would make the worker delete the evidence."""
    wanted, proven = {row.id: leaf(as_record(row)) for row in rows}, list[int]()
    at = 0
    numbers = sorted(wanted)
    while at < len(numbers):
        seal = store.seal_over(chain, numbers[at])
        if seal is None:
            break
        before = store.seal(chain, seal.number - 1) if seal.number > 1 else None
        good = link(before.hash if before else START, chain, seal.number, seal.leaves) == seal.hash and checker.signed(
            seal.kid, seal_words(chain, seal.number, seal.hash, seal.at), seal.signature
        )
        leaves = dict(unpack(seal.leaves))
        last = max(leaves)
        while at < len(numbers) and numbers[at] <= last:
            if good and leaves.get(numbers[at]) == wanted[numbers[at]]:
                proven.append(numbers[at])
            at += 1
    return proven
