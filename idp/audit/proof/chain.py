"""The arithmetic of a chain: leaves, links, and the exact words that are signed. Pure.

An event's *leaf* is the SHA-256 of its canonical JSON. A *seal* keeps the number and leaf of each event it covers, so that
a changed, missing or inserted event is named exactly, and so that an event deleted on time leaves its leaf behind. A seal's
hash binds the chain's name, the seal's number, the hash of the seal before it, and its leaves.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

START = b"\x00" * 32
MOST = 1000  # events under one seal: what a check must hold in memory at a time
_LEAF = 40  # 8 bytes of number, 32 of hash
Leaf = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of a chain, as it stands in the database and in an export."""

    chain: str
    number: int
    leaves: bytes
    hash: bytes
    kid: str
    signature: bytes
    at: datetime
    kept: bool = True  # False: made for an export over events that are not sealed yet


def span(leaves: bytes) -> tuple[int, int]:
    """The first and the last number that a row of leaves names, within what a database can count, whatever it holds."""
    return tuple(min(int.from_bytes(part, "big"), 2**62) for part in (leaves[:8], leaves[-40:-32]))  # type: ignore[return-value]


def canonical(record: Mapping[str, Any]) -> bytes:
    """One event as canonical JSON: sorted names, no spaces; what is hashed and what is exported."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def as_record(row: Any) -> dict[str, Any]:
    """One event of the database as plain values; moments in UTC as ISO 8601."""
    record = dict(row._mapping)  # noqa: SLF001 - the documented way to read a Row as a mapping
    record["at"] = record["at"].isoformat()
    return record


def leaf(record: Mapping[str, Any]) -> bytes:
    """The hash that stands for one event."""
    return hashlib.sha256(canonical(record)).digest()


def pack(leaves: Iterable[Leaf]) -> bytes:
    """Leaves as a seal keeps them."""
    return b"".join(number.to_bytes(8, "big") + digest for number, digest in leaves)


def unpack(blob: bytes) -> list[Leaf]:
    """The leaves of a seal, in its order; raises ValueError when it is not a row of leaves."""
    if not blob or len(blob) % _LEAF:
        raise ValueError("not a row of leaves")
    return [(int.from_bytes(blob[at : at + 8], "big"), blob[at + 8 : at + _LEAF]) for at in range(0, len(blob), _LEAF)]


def link(previous: bytes, chain: str, number: int, leaves: bytes) -> bytes:
    """The hash of a seal."""
    head = b"idp audit seal 1\0" + chain.encode() + b"\0" + number.to_bytes(8, "big")
    return hashlib.sha256(head + previous + leaves).digest()


def seal_words(chain: str, number: int, value: bytes, at: datetime, *, kept: bool = True) -> bytes:
    """What is signed of a seal."""
    head = b"idp audit seal signature 1\0" if kept else b"idp audit seal of an export 1\0"
    return head + f"{chain}\0{number}\0{value.hex()}\0{at.isoformat()}".encode()


def holds_words(export: str, chain: str, number: int, place: int, holds: str) -> bytes:
    """What is signed of a seal in an export that holds a choice of events: which export, the seal's place in it, the events it holds."""
    return b"idp audit export holds 1\0" + f"{export}\0{chain}\0{number}\0{place}\0{holds}".encode()


def digest_of(statement: str) -> str:
    """How a signed statement names the one before it."""
    return hashlib.sha256(statement.encode()).hexdigest()


def as_ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers in few characters: ``1-5,9``."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


def in_ranges(text: str, among: Sequence[int]) -> set[int]:
    """Those of the numbers `among` that ranges name; raises ValueError for what `as_ranges` did not write."""
    spans = []
    for part in text.split(",") if text else []:
        first, _, last = part.partition("-")
        spans.append((int(first), int(last or first)))
    found: set[int] = set()
    position = 0
    for number in sorted(among):
        while position < len(spans) and spans[position][1] < number:
            position += 1
        if position < len(spans) and spans[position][0] <= number:
            found.add(number)
    return found
