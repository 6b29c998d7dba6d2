"""Checking an export without database and settings: every line against its seal, every seal and statement against the public key.

A hostile hand may have been at the file, so nothing of it is believed before it is proven, and whatever cannot be read is a finding.
"""

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from idp.audit.export.proven import PROOF, VERSION
from idp.audit.proof.chain import MOST, Seal, canonical, holds_words, in_ranges, leaf, unpack
from idp.audit.proof.check import ChainChecker, Finding, Seen
from idp.audit.proof.online import Verdict
from idp.audit.proof.signing import Checker

LONGEST = 4_000_000  # bytes of a line; a seal over a thousand events has 60,000
MakeChecker = Callable[[Sequence[Mapping[str, Any]], Sequence[str]], Checker]


class _Broken(Exception):
    """A line that says nothing we can use."""


class Reader:
    """Reads an export once, front to back, holding no more than one seal's worth of it.

    make_checker: gives who checks, from the keys and endorsements that the file brings (which a caller with a key of its own ignores).
    """

    def __init__(self, make_checker: MakeChecker) -> None:
        self._make_checker = make_checker
        self._checker: Checker | None = None
        self._export, self._is_whole = "", True
        self._steps: ChainChecker | None = None
        self._verdict = self._file = Verdict("*")
        self._rows: list[Seen] = []
        self._prunings: list[str] = []
        self._place, self._held, self._line, self._spoiled = 0, 0, 0, False
        self._whole_sum, self._part_sum = hashlib.sha256(), hashlib.sha256()
        self._ended, self._closed, self._done = True, False, list[dict[str, Any]]()

    def read(self, lines: Iterable[bytes]) -> Iterator[Verdict]:
        """A verdict for each chain as it ends, and one about the file (chain ``*``) last when there is something to say of it."""
        for line in lines:
            self._line += 1
            try:
                yield from self._one(line)
            except _Broken as broken:
                self._say("file", f"line {self._line}: {broken}")
            self._whole_sum.update(line)
            self._part_sum.update(line)
        if not self._ended:
            yield from self._finish([self._lost("truncated", "the file breaks off in this chain")])
        file = self._file
        if self._checker is None:
            file.add([Finding("file", "*", "the file has no header: it is not an export with proof, or its beginning is gone")])
        if not self._closed:
            file.add([Finding("truncated", "*", f"the file breaks off after line {self._line}: the statement at its end is missing")])
        if file.findings:
            yield file

    # -- lines -----------------------------------------------------------------------------------------------------

    def _one(self, line: bytes) -> Iterator[Verdict]:
        record = _parsed(line)
        tag = record.get("tag")
        if not isinstance(tag, str) or not tag.startswith(PROOF):
            self._event(record, line)
            return
        if self._closed:
            raise _Broken("stands behind the statement at the end of the file")
        step = tag.removeprefix(PROOF)
        if step == "header":
            self._header(record)
        elif self._checker is None:
            raise _Broken("stands before the header")
        elif step == "chain":
            if not self._ended:
                yield from self._finish([self._lost("truncated", "the end of this chain is missing")])
            self._begin(str(record.get("chain")))
        elif step == "end":
            yield from self._finish(self._end(str(record.get("statement"))))
        elif step == "close":
            self._close(str(record.get("statement")))
        else:
            self._proof(step, record)

    def _event(self, record: dict[str, Any], line: bytes) -> None:
        number, at = record.get("id"), record.get("at")
        if not isinstance(number, int) or isinstance(number, bool):
            raise _Broken("is neither an event nor a proof")
        if self._ended:
            raise _Broken(f"event {number} stands outside any chain")
        if len(self._rows) > 2 * MOST:
            raise _Broken(f"event {number}: too many events without a seal")
        # Byte for byte: a name given twice, or a moved line end, must not read differently elsewhere.
        same = canonical(record) == line.rstrip(b"\n")
        self._rows.append((number, at if isinstance(at, str) else None, leaf(record) if same else None))

    def _proof(self, step: str, record: dict[str, Any]) -> None:
        if self._steps is None or self._ended or record.get("chain") != self._steps.chain:
            raise _Broken(f"a {step} stands outside its chain")
        if step == "seal":
            self._seal(record)
        elif step == "pruning":
            self._prunings.append(str(record.get("statement")))
        elif step == "checkpoint" and isinstance(record.get("number"), int):
            self._verdict.add(self._steps.checkpoint(str(record.get("statement")), number=record["number"]))
            self._verdict.checkpoints += 1
        else:
            raise _Broken(f"there is no proof called {step!r}")

    # -- steps -----------------------------------------------------------------------------------------------------

    def _header(self, record: dict[str, Any]) -> None:
        if self._checker is not None:
            raise _Broken("a second header")
        if record.get("version") != VERSION:
            raise _Broken(f"the export is of version {record.get('version')!r}; this program reads version {VERSION}")
        keys, endorsements = record.get("keys"), record.get("endorsements")
        self._export, self._is_whole = str(record.get("export")), record.get("whole") is True
        keys = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
        self._checker = self._make_checker(keys, [str(one) for one in endorsements] if isinstance(endorsements, list) else [])

    def _begin(self, chain: str) -> None:
        assert self._checker is not None  # noqa: S101 - asked before
        self._steps, self._verdict, self._part_sum = ChainChecker(chain, self._checker), Verdict(chain), hashlib.sha256()
        self._rows, self._prunings, self._place, self._held, self._ended = [], [], 0, 0, False

    def _seal(self, record: dict[str, Any]) -> None:
        assert self._steps is not None  # noqa: S101 - asked before
        seal, rows = _seal(record), self._rows
        self._rows = []
        self._place += 1
        wanted = None
        if not self._is_whole:
            wanted = self._holds(record, seal)
        found = self._steps.seal(seal, rows, self._prunings, wanted=wanted)
        if wanted is not None:
            says = "the file does not say that it holds this event"
            found += [Finding("inserted", seal.chain, says, n, at, seal.number) for n, at, _ in rows if n not in wanted]
        self._held += len(rows)
        self._verdict.add(found)
        self._verdict.seals += 1

    def _holds(self, record: dict[str, Any], seal: Seal) -> set[int]:
        """Which events the file should hold of this seal; begins the chain anew at it, since those between are not in the file."""
        assert self._steps is not None and self._checker is not None  # noqa: S101, PT018 - asked before
        holds, place = str(record.get("holds")), record.get("place")
        words = holds_words(self._export, seal.chain, seal.number, place if isinstance(place, int) else 0, holds)
        if not self._checker.signed(str(record.get("holds_kid")), words, _raw(record.get("holds_signature"))):
            self._say("signature", "what the file says it holds of this seal is not signed by a trusted key", seal=seal.number)
        if place != self._place:
            self._say("missing", "a seal with its events is missing before this one, or stands elsewhere", seal=seal.number)
            self._place = place if isinstance(place, int) else self._place
        steps = self._steps
        self._steps = ChainChecker(
            steps.chain, self._checker, number=seal.number - 1, value=bytes.fromhex(_hex(record.get("previous"))), events=steps.events,
            last_event=steps.last_event,
        )  # fmt: skip
        try:
            return in_ranges(holds, [number for number, _ in unpack(seal.leaves)])
        except ValueError:
            return set()

    def _end(self, statement: str) -> list[Finding]:
        if self._steps is None or self._ended:
            raise _Broken("a chain ends that did not begin")
        assert self._checker is not None  # noqa: S101 - asked before
        stated = self._checker.read(statement)
        of = ("audit-export-chain", self._export, self._steps.chain)
        if not stated or (stated.get("kind"), stated.get("export"), stated.get("chain")) != of:
            return [self._lost("signature", "the end of this chain is not signed by a trusted key for this file")]
        verdict, found = self._verdict, []
        if self._rows:
            found = [Finding("inserted", verdict.chain, "the event stands behind the last seal", n, at) for n, at, _ in self._rows]
        if (stated["seals"], stated["seal"]) != (verdict.seals, self._steps.number if verdict.seals else 0):
            says = f"{stated['seals']} seals up to seal {stated['seal']} were written, {verdict.seals} are left"
            found.append(self._lost("truncated", says))
        elif stated["sha256"] != self._part_sum.hexdigest() and not verdict.findings and not found:
            found.append(self._lost("file", "the events are whole, but other lines of this chain (checkpoints, say) are not as written"))
        self._done.append({"chain": verdict.chain, "seal": stated["seal"], "events": stated["events"]})
        return found

    def _finish(self, found: list[Finding]) -> Iterator[Verdict]:
        assert self._steps is not None  # noqa: S101 - asked before
        verdict = self._verdict
        verdict.events = self._held
        verdict.add(found)
        self._spoiled = self._spoiled or bool(verdict.findings)
        self._verdict, self._ended = self._file, True
        yield verdict

    def _close(self, statement: str) -> None:
        stated = self._checker.read(statement) if self._checker else None
        self._closed = True
        if not stated or (stated.get("kind"), stated.get("export")) != ("audit-export", self._export):
            self._say("signature", "the statement at the end of the file is not signed by a trusted key for this file")
            return
        if stated["chains"] != self._done:
            gone = sorted({one["chain"] for one in stated["chains"]} - {one["chain"] for one in self._done})
            self._say("missing", f"chains are missing from the file or were added: {', '.join(map(repr, gone)) or 'another order'}")
        elif stated["sha256"] != self._whole_sum.hexdigest() and not self._spoiled:
            self._say("file", "every chain is whole, but a line outside them (the header, say) is not as written")

    # -- saying ----------------------------------------------------------------------------------------------------

    def _say(self, kind: str, says: str, seal: int | None = None) -> None:
        self._verdict.add([Finding(kind, self._verdict.chain, says, seal=seal)])

    def _lost(self, kind: str, says: str) -> Finding:
        """A finding at the place that was reached."""
        assert self._steps is not None  # noqa: S101 - asked before
        last = self._rows[-1] if self._rows else None
        number, at = (last[0], last[1]) if last else (self._steps.last_event or None, self._steps.reached)
        return Finding(kind, self._steps.chain, f"{says} (line {self._line})", number, at, self._steps.number)


def _parsed(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST:
        raise _Broken("is too long")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise _Broken("cannot be read as JSON") from None
    if not isinstance(record, dict):
        raise _Broken("is not a JSON object")
    return record


def _seal(record: dict[str, Any]) -> Seal:
    number, at = record.get("number"), str(record.get("at"))
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise _Broken("a seal without a moment") from None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**62 or moment.tzinfo is None:
        raise _Broken("a seal without a number or a moment")
    return Seal(
        str(record.get("chain")), number, _raw(record.get("leaves")), bytes.fromhex(_hex(record.get("hash"))), str(record.get("kid")),
        _raw(record.get("signature")), moment, record.get("kept") is True,
    )  # fmt: skip


def _raw(text: object) -> bytes:
    try:
        return b64decode(str(text), validate=True)
    except ValueError:
        raise _Broken("a seal that cannot be read") from None


def _hex(text: object) -> str:
    try:
        return bytes.fromhex(str(text)).hex()
    except ValueError:
        raise _Broken("a seal whose hash cannot be read") from None
