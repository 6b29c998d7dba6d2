"""Checking one chain, seal by seal: the same for the database and for a file that left it. Pure but for the signature."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.audit.proof.chain import START, Leaf, Seal, digest_of, in_ranges, link, seal_words, unpack
from idp.audit.proof.signing import Checker

Seen = tuple[int, str | None, bytes | None]
# An event is sealed a minute after it happened; one dated long before the seal before its own was written in later.
_LATE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was: what, in which chain, and where.

    kind: changed, missing, inserted, reordered, seal, truncated, checkpoint, pruning, signature, file; or ``backdated``, which a clock
    set back explains too. event: its number; at: its moment, or that of the event before it; seal: the seal's number.
    """

    kind: str
    chain: str
    says: str
    event: int | None = None
    at: str | None = None
    seal: int | None = None

    @property
    def grave(self) -> bool:
        """True for what only tampering or loss explains."""
        return self.kind != "backdated"

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for printing."""
        return {**asdict(self), "chain": self.chain or "(none)"}


class ChainChecker:
    """Follows one chain from a known place on; each step gives what it found.

    number, value, events: the seal before the first one that will be shown, its hash, and how many events lie up to there.
    """

    def __init__(
        self, chain: str, checker: Checker, *, number: int = 0, value: bytes = START, events: int = 0, last_event: int = 0
    ) -> None:
        self.chain, self.number, self.value, self.events, self.last_event = chain, number, value, events, last_event
        self._checker = checker
        self._whole = True  # no seal was missing so far
        self._sealed_at: datetime | None = None
        self.reached: str | None = None
        self._checkpoint: tuple[int, str] | None = None

    def seal(self, seal: Seal, rows: Iterable[Seen], excused: Iterable[str] = (), *, wanted: set[int] | None = None) -> list[Finding]:
        """The next seal, with the events found in its place.

        excused: signed statements of deletion that may name some of its events; wanted: the numbers that the file says it holds,
        where it does not hold all.
        """
        try:
            leaves = unpack(seal.leaves)
        except ValueError:
            leaves = []
        found = self._links(seal, leaves)
        found += self._rows(seal, leaves, rows, excused, wanted)
        self.number, self.value = seal.number, seal.hash
        self.events += len(leaves)
        self.last_event = max(self.last_event, leaves[-1][0]) if leaves else self.last_event
        self._sealed_at = seal.at
        return found

    def _links(self, seal: Seal, leaves: list[Leaf]) -> list[Finding]:
        found, follows = [], seal.number == self.number + 1
        span = f"events {leaves[0][0]} to {leaves[-1][0]}" if leaves else "its events"
        if not follows:
            self._whole = False
            kind = "missing" if seal.number > self.number else "reordered"
            says = f"seal {seal.number} follows seal {self.number}: with the seals between them, events are missing"
            found.append(self._about(kind, says, seal))
        elif not leaves or link(self.value, self.chain, seal.number, seal.leaves) != seal.hash:
            found.append(self._about("seal", f"the seal over {span} was changed", seal))
        if not self._checker.signed(seal.kid, self._words(seal), seal.signature):
            found.append(self._about("signature", f"the seal over {span} is not signed by a trusted key", seal))
        numbers = [number for number, _ in leaves]
        if leaves and (numbers[0] <= self.last_event or sorted(set(numbers)) != numbers):
            found.append(self._about("reordered", f"the seal over {span} lists events out of order", seal))
        return found

    def _words(self, seal: Seal) -> bytes:
        return seal_words(self.chain, seal.number, seal.hash, seal.at, kept=seal.kept)

    def _rows(
        self, seal: Seal, leaves: list[Leaf], rows: Iterable[Seen], excused: Iterable[str], wanted: set[int] | None
    ) -> list[Finding]:
        known, seen, found, last = dict(leaves), {}, [], 0
        for number, at, digest in rows:
            if number not in known:
                found.append(self._about("inserted", "the event was not there when its neighbours were sealed", seal, number, at))
            elif number in seen:
                found.append(self._about("inserted", "the event stands there twice", seal, number, at))
            elif digest != known[number]:
                found.append(self._about("changed", "the event is not what was sealed", seal, number, at))
            elif self._late(at):
                found.append(self._about("backdated", "the event is dated long before the seal before its own", seal, number, at))
            if number < last:
                found.append(self._about("reordered", "the event stands behind one with a greater number", seal, number, at))
            seen[number], last = at, max(number, last)
        expected = [number for number, _ in leaves if number not in seen and (wanted is None or number in wanted)]
        gone, problems = self._gone(expected, excused, seal)
        found += problems
        for number, _ in leaves:
            if number in seen:
                self.reached = seen[number] or self.reached
            elif number in gone:
                says = "the event is gone; the moment is that of the one before it"
                found.append(self._about("missing", says, seal, number, self.reached))
        return found

    def _gone(self, expected: list[int], excused: Iterable[str], seal: Seal) -> tuple[set[int], list[Finding]]:
        """Those of the expected events that no signed statement of deletion names."""
        gone, found = set(expected), []
        if not gone:
            return gone, []
        for statement in excused:
            stated = self._checker.read(statement)
            if stated is None or stated.get("kind") != "audit-pruning" or stated.get("chain") != self.chain:
                found.append(self._about("pruning", "a statement of deletion is not signed by a trusted key for this chain", seal))
                continue
            gone -= in_ranges(str(stated.get("ids", "")), sorted(gone))
        return gone, found

    def _late(self, at: str | None) -> bool:
        return at is not None and self._sealed_at is not None and datetime.fromisoformat(at) < self._sealed_at - _LATE

    def checkpoint(self, statement: str, *, number: int) -> list[Finding]:
        """A signed checkpoint about the place where the chain stands now, the `number`-th of its chain."""
        stated = self._checker.read(statement)
        if stated is None or stated.get("kind") != "audit-checkpoint" or stated.get("chain") != self.chain:
            return [self._about("checkpoint", f"checkpoint {number} is not signed by a trusted key for this chain")]
        found = []
        if stated.get("number") != number or (number, stated.get("previous")) != self._follows():
            says = f"checkpoint {number} does not follow the one before it: one is missing"
            found.append(self._about("checkpoint", says, at=stated.get("at")))
        self._checkpoint = (number, digest_of(statement))
        seal, day = stated.get("seal"), stated.get("day")
        if isinstance(seal, int) and seal > self.number:
            found.append(self._about(
                "truncated", f"the checkpoint of {day} names seal {seal} and {stated.get('events')} events; behind seal {self.number} "
                f"and event {self.last_event} they are gone", at=stated.get("at"),
            ))  # fmt: skip
        elif seal != self.number or stated.get("hash") != self.value.hex() or (self._whole and stated.get("events") != self.events):
            says = f"the chain at seal {seal} is not what the checkpoint of {day} signed"
            found.append(self._about("checkpoint", says, at=stated.get("at")))
        return found

    def _follows(self) -> tuple[int, str | None]:
        return (self._checkpoint[0] + 1, self._checkpoint[1]) if self._checkpoint else (1, None)

    def _about(self, kind: str, says: str, seal: Seal | None = None, event: int | None = None, at: str | None = None) -> Finding:
        moment = at if at is not None or seal is None or event is not None else seal.at.isoformat()
        return Finding(kind, self.chain, says, event, moment, seal.number if seal else None)
