"""Sealing: the worker extends every chain after the fact, so that no request waits for another's place in a chain.

An event is sealed once it is older than any transaction of the service can live (`GRACE`), and only while no longer transaction has
the record open, so a late commit cannot slip in below a seal. Events are sealed strictly in order of their numbers.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from idp.audit.proof.chain import MOST, START, Leaf, Seal, as_record, leaf, link, pack, seal_words
from idp.audit.proof.signing import Signer
from idp.audit.proof.store import ProofStore
from idp.db.session import Database
from idp.kernel.clock import Clock

GRACE = timedelta(seconds=60)


class Sealing:
    """Extends chains, in short units of its own.

    signer: gives who signs; asked before a unit is opened, since it may need one.
    """

    def __init__(self, database: Database, clock: Clock, signer: Callable[[], Signer]) -> None:
        self._database, self._clock, self._signer = database, clock, signer

    def round(self, *, most: int = 200) -> int:
        """Extend every chain to the present, by at most so many seals each; gives how many events were sealed."""
        signer = self._signer()
        with self._database.unit(read_only=True) as session:
            store = ProofStore(session)
            chains = [] if store.open_writer(GRACE.total_seconds() / 2) else store.chains()
        return sum(self._extend(chain, signer, most) for chain in chains)

    def _extend(self, chain: str, signer: Signer, most: int) -> int:
        total = 0
        for _ in range(most):
            if not (due := self._due(chain)):
                break
            with self._database.unit() as session:
                total += self._seal(session, chain, signer)
            if due < MOST:
                break
        return total

    def _due(self, chain: str) -> int:
        """Looks without a lock, so that a quiet chain costs a writer nothing."""
        with self._database.unit(read_only=True) as session:
            store = ProofStore(session)
            last = store.last_seal(chain)
            return len(settled(store.events(chain, last.last_event if last else 0, MOST), self._clock.now()))

    def _seal(self, session: Session, chain: str, signer: Signer) -> int:
        store, now = ProofStore(session), self._clock.now()
        last = store.last_seal(chain)
        rows = settled(store.events(chain, last.last_event if last else 0, MOST), now)
        leaves = leaves_of(rows)
        if not leaves:
            return 0
        number, previous = (last.number + 1, last.hash) if last else (1, START)
        store.add_seal(make_seal(chain, number, previous, leaves, signer, now))
        return len(leaves)


def settled(rows: Sequence[Any], now: datetime) -> Sequence[Any]:
    """The events at the head of `rows` that nothing can come before any more."""
    before = now - GRACE
    for position, row in enumerate(rows):
        if row.at >= before:
            return rows[:position]
    return rows


def leaves_of(rows: Sequence[Any]) -> list[Leaf]:
    """The leaves of events as rows."""
    return [(row.id, leaf(as_record(row))) for row in rows]


def make_seal(
    chain: str, number: int, previous: bytes, leaves: Sequence[Leaf], signer: Signer, now: datetime, *, kept: bool = True
) -> Seal:
    """The seal over these leaves."""
    packed = pack(leaves)
    value = link(previous, chain, number, packed)
    kid, signature = signer.sign(seal_words(chain, number, value, now, kept=kept))
    return Seal(chain, number, packed, value, kid, signature, now, kept)
