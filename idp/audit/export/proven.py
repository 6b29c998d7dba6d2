"""JSON Lines that prove themselves offline (`offline.py` reads them): events as they are sealed, with seals and signed statements.

Lines of events are their canonical JSON; lines of proof have a tag that begins with ``audit:proof:``, which no event has.

    header      what was asked for, and the public keys
    chain       where a chain begins in this file
    pruning     a signed statement of deletion that later seals need
    (events)
    seal        over the events before it; `holds`, signed, where the file was asked for a choice of events only
    checkpoint  signed by the day, as in the database
    end         signed: where the chain ends in this file, and a hash over its lines
    close       signed: which chains the file has, and a hash over all its lines
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from idp.audit.proof.chain import MOST, START, Seal, as_ranges, as_record, canonical, holds_words, span
from idp.audit.proof.seals import leaves_of, make_seal
from idp.audit.proof.signing import Signer
from idp.audit.proof.store import ProofStore
from idp.audit.search.store import SearchStore
from idp.audit.search.wanted import Wanted

PROOF = "audit:proof:"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Source:
    """What an export needs to know beside the database: a name of its own, when, from where, and the public keys."""

    export: str
    made_at: datetime
    issuer: str
    keys: Sequence[Mapping[str, Any]]
    endorsements: Sequence[str] = ()


@dataclass(slots=True)
class _Chain:
    """How far a chain has been written."""

    name: str
    seal: int = 0
    value: bytes = START
    last_event: int = 0
    written: int = 0
    hash: bytes = START
    seals: int = 0
    covered: int = 0
    held: int = 0
    told: set[str] = field(default_factory=set)


class ProvenExport:
    """Writes the events that are wanted, with their proof."""

    def __init__(self, proof: ProofStore, search: SearchStore, signer: Signer, source: Source) -> None:
        self._proof, self._search, self._signer, self._source = proof, search, signer, source
        self._file, self._part = hashlib.sha256(), hashlib.sha256()

    def lines(self, wanted: Wanted) -> Iterator[bytes]:
        """The file, line by line, each with its end."""
        for line in self._lines(wanted):
            self._file.update(line)
            self._part.update(line)
            yield line

    def _lines(self, wanted: Wanted) -> Iterator[bytes]:
        source, done = self._source, list[dict[str, Any]]()
        yield _line(
            "header", version=VERSION, export=source.export, issuer=source.issuer, made_at=source.made_at.isoformat(), whole=wanted.whole,
            wanted=wanted.as_dict(), keys=list(source.keys), endorsements=list(source.endorsements),
        )  # fmt: skip
        for name in self._proof.chains():
            if wanted.allows(name):
                chain, self._part = _Chain(name), hashlib.sha256()
                yield _line("chain", chain=name)
                yield from self._whole(chain) if wanted.whole else self._choice(chain, wanted)
                yield self._end(chain)
                done.append({"chain": name, "seal": chain.written, "events": chain.held})
        yield _line("close", statement=self._signer.state({
            "kind": "audit-export", "export": source.export, "chains": done, "wanted": wanted.as_dict(), "at": source.made_at.isoformat(),
            "sha256": self._file.hexdigest(),
        }))  # fmt: skip

    # -- whole chains ----------------------------------------------------------------------------------------------

    def _whole(self, chain: _Chain) -> Iterator[bytes]:
        checkpoints = self._proof.checkpoints(chain.name)
        waiting = next(checkpoints, None)
        for seal in self._proof.seals(chain.name):
            rows = list(self._proof.span(chain.name, chain.last_event, _last(seal)))
            yield from self._prunings(chain, seal, rows)
            yield from self._sealed(chain, seal, rows)
            while waiting is not None and waiting.seal <= seal.number:
                yield _line("checkpoint", chain=chain.name, number=waiting.number, statement=waiting.statement)
                waiting = next(checkpoints, None)
        while waiting is not None:  # of seals that are gone: the reader is to see it
            yield _line("checkpoint", chain=chain.name, number=waiting.number, statement=waiting.statement)
            waiting = next(checkpoints, None)
        yield from self._tail(chain, None)

    def _prunings(self, chain: _Chain, seal: Seal, rows: Sequence[Any]) -> Iterator[bytes]:
        if len(rows) >= len(seal.leaves) // 40:
            return
        for statement in self._proof.prunings(chain.name, *span(seal.leaves)):
            if statement not in chain.told:
                chain.told.add(statement)
                yield _line("pruning", chain=chain.name, statement=statement)

    # -- a choice of events ----------------------------------------------------------------------------------------

    def _choice(self, chain: _Chain, wanted: Wanted) -> Iterator[bytes]:
        """Only the seals that hold something wanted; each proves itself, and what it holds is signed for this file."""
        last = self._proof.last_seal(chain.name)
        seal, held, unsealed = None, list[Any](), set[int]()
        for row in self._search.onward(replace(wanted, governments=(chain.name,))):
            if last is None or row.id > last.last_event:
                unsealed.add(row.id)
                continue
            if seal is None or row.id > _last(seal):
                yield from self._chosen(chain, seal, held)
                seal, held = self._proof.seal_over(chain.name, row.id), []
            held.append(row)
        yield from self._chosen(chain, seal, held)
        if unsealed:
            if last is not None:
                chain.seal, chain.value, chain.last_event = last.number, last.hash, last.last_event
            yield from self._tail(chain, unsealed)

    def _chosen(self, chain: _Chain, seal: Seal | None, rows: Sequence[Any]) -> Iterator[bytes]:
        if seal is None or not rows:
            return
        before = self._proof.seal(chain.name, seal.number - 1) if seal.number > 1 else None
        chain.value, chain.seal = before.hash if before else START, seal.number - 1
        yield from self._sealed(chain, seal, rows, choice=True)

    # -- shared ----------------------------------------------------------------------------------------------------

    def _tail(self, chain: _Chain, chosen: set[int] | None) -> Iterator[bytes]:
        """Events that are not sealed yet, under seals made for this file; chosen: the numbers of those wanted, None for all."""
        after = chain.last_event
        while rows := self._proof.events(chain.name, after, MOST):
            seal = make_seal(chain.name, chain.seal + 1, chain.value, leaves_of(rows), self._signer, self._source.made_at, kept=False)
            held = rows if chosen is None else [row for row in rows if row.id in chosen]
            if held:
                yield from self._sealed(chain, seal, held, choice=chosen is not None)
            chain.seal, chain.value, after = seal.number, seal.hash, rows[-1].id
            if len(rows) < MOST:
                return

    def _sealed(self, chain: _Chain, seal: Seal, rows: Sequence[Any], *, choice: bool = False) -> Iterator[bytes]:
        for row in rows:
            yield canonical(as_record(row)) + b"\n"
        chain.seals += 1
        chain.covered += len(seal.leaves) // 40
        chain.held += len(rows)
        more: dict[str, Any] = {}
        if choice:
            holds = as_ranges(row.id for row in rows)
            kid, signature = self._signer.sign(holds_words(self._source.export, chain.name, seal.number, chain.seals, holds))
            more = {"holds": holds, "place": chain.seals, "previous": chain.value.hex(), "holds_kid": kid}
            more["holds_signature"] = _text(signature)
        chain.seal, chain.value, chain.last_event = seal.number, seal.hash, max(chain.last_event, _last(seal))
        chain.written, chain.hash = seal.number, seal.hash
        yield _line(
            "seal", chain=chain.name, number=seal.number, leaves=_text(seal.leaves), hash=seal.hash.hex(), kid=seal.kid,
            signature=_text(seal.signature), at=seal.at.isoformat(), kept=seal.kept, **more,
        )  # fmt: skip

    def _end(self, chain: _Chain) -> bytes:
        return _line("end", chain=chain.name, statement=self._signer.state({
            "kind": "audit-export-chain", "export": self._source.export, "chain": chain.name, "seal": chain.written,
            "hash": chain.hash.hex(), "sha256": self._part.hexdigest(),
            "seals": chain.seals, "covered": chain.covered, "events": chain.held,
        }))  # fmt: skip


def _last(seal: Seal) -> int:
    return span(seal.leaves)[1]


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()


def _line(kind: str, **values: Any) -> bytes:
    return json.dumps({"tag": PROOF + kind, **values}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
