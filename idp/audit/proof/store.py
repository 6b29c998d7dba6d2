"""Every statement about chains, seals, checkpoints and what was deleted on time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from idp.audit.models import AuditCheckpoint, AuditEvent, AuditPosition, AuditPruning, AuditSeal
from idp.audit.proof.chain import Seal, as_record, leaf, unpack

_E: Any = AuditEvent.__table__
_S: Any = AuditSeal.__table__
_C: Any = AuditCheckpoint.__table__
_P: Any = AuditPruning.__table__
_N: Any = AuditPosition.__table__
PAGE = 1000
# Who has written to the record and not yet committed may own a number below one that everybody sees already.
_OPEN_WRITER = text(
    "SELECT 1 FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.relation = 'audit_events'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid() "
    "AND (a.xact_start IS NULL OR a.xact_start < now() - make_interval(secs => :seconds)) LIMIT 1"
)
Seen = tuple[int, str | None, bytes | None]  # number, moment and leaf of an event; None for what cannot be read any more


def _of(chain: str) -> Any:
    return _E.c.government_code.is_(None) if chain == "" else _E.c.government_code == chain


class ProofStore:
    """Reads and extends chains."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _run(self, statement: Any, values: Any = None) -> Any:
        return self._session.connection().execute(statement, values)

    # -- events ----------------------------------------------------------------------------------------------------

    def chains(self) -> list[str]:
        """Every chain that has events, seals or checkpoints; found by leaps over an index, not by reading the record."""
        found = {name for table in (_S, _C) for name in self._leaps(table.c.chain)} - {"*"}
        found.update(self._leaps(_E.c.government_code))
        if self._run(select(_E.c.id).where(_E.c.government_code.is_(None)).limit(1)).first():
            found.add("")
        return sorted(found)

    def _leaps(self, column: Any) -> Iterator[str]:
        found = self._run(select(func.min(column))).scalar()
        following = select(func.min(column)).where(column > bindparam("after"))
        while found is not None:
            yield found
            found = self._run(following, {"after": found}).scalar()

    def open_writer(self, seconds: float) -> bool:
        """True while a transaction older than this has written to the record and not ended (a long import); never on SQLite."""
        if self._session.connection().dialect.name != "postgresql":
            return False
        return self._run(_OPEN_WRITER, {"seconds": seconds}).first() is not None

    def span(self, chain: str, after: int, upto: int) -> Iterator[Row[Any]]:
        """The events of a chain between two numbers; one that cannot be read any more is left out."""
        page = select(_E).where(_of(chain), _E.c.id > bindparam("after"), _E.c.id <= upto).order_by(_E.c.id).limit(PAGE)
        while True:
            try:
                rows = self._run(page, {"after": after}).all()
            except (ValueError, TypeError):
                numbers = [number for number, _, digest in self._one_by_one(chain, after, upto) if digest is not None]
                rows = self._run(select(_E).where(_E.c.id.in_(numbers)).order_by(_E.c.id)).all()
            yield from rows
            if len(rows) < PAGE:
                return
            after = rows[-1].id

    def events(self, chain: str, after: int, limit: int = PAGE) -> Sequence[Row[Any]]:
        """The next events of a chain, in order of number."""
        rows: Sequence[Row[Any]] = self._run(select(_E).where(_of(chain), _E.c.id > after).order_by(_E.c.id).limit(limit)).all()
        return rows

    def all_events(self, after: int, limit: int = PAGE) -> Sequence[Row[Any]]:
        """The next events of all chains together, in order of number."""
        rows: Sequence[Row[Any]] = self._run(select(_E).where(_E.c.id > after).order_by(_E.c.id).limit(limit)).all()
        return rows

    def seen(self, chain: str, after: int, upto: int) -> Iterator[Seen]:
        """Number, moment and leaf of each event of a chain between two numbers, also of one that somebody spoiled."""
        page = select(_E).where(_of(chain), _E.c.id > bindparam("after"), _E.c.id <= upto).order_by(_E.c.id).limit(PAGE)
        while True:
            try:
                found = [_seen(row) for row in self._run(page, {"after": after}).all()]
            except (ValueError, TypeError):
                found = self._one_by_one(chain, after, upto)
            yield from found
            if len(found) < PAGE:
                return
            after = found[-1][0]

    def _one_by_one(self, chain: str, after: int, upto: int) -> list[Seen]:
        numbers = self._run(
            select(_E.c.id).where(_of(chain), _E.c.id > after, _E.c.id <= upto).order_by(_E.c.id).limit(PAGE)
        ).scalars()
        found: list[Seen] = []
        for number in list(numbers):
            try:
                found.append(_seen(self._run(select(_E).where(_E.c.id == number)).one()))
            except (ValueError, TypeError):
                found.append((number, None, None))
        return found

    def unsealed(self, chain: str, after: int) -> int:
        """How many events of a chain stand behind a number; at most 10,000 are counted."""
        waiting = select(_E.c.id).where(_of(chain), _E.c.id > after).limit(10_000).subquery()
        return int(self._run(select(func.count()).select_from(waiting)).scalar())

    # -- seals -----------------------------------------------------------------------------------------------------

    def last_seal(self, chain: str) -> Row[Any] | None:
        """Number, last event, hash and moment of the newest seal of a chain."""
        columns = (_S.c.number, _S.c.last_event, _S.c.hash, _S.c.at)
        found: Row[Any] | None = self._run(select(*columns).where(_S.c.chain == chain).order_by(_S.c.number.desc()).limit(1)).first()
        return found

    def seal(self, chain: str, number: int) -> Row[Any] | None:
        """One seal: its hash, and the numbers it spans."""
        found: Row[Any] | None = self._run(
            select(_S.c.hash, _S.c.first_event, _S.c.last_event).where(_S.c.chain == chain, _S.c.number == number)
        ).first()
        return found

    def seal_over(self, chain: str, event: int) -> Seal | None:
        """The seal of a chain that covers an event, or the first behind it."""
        row = self._run(select(_S).where(_S.c.chain == chain, _S.c.last_event >= event).order_by(_S.c.last_event).limit(1)).first()
        return _as_seal(row) if row else None

    def seals(self, chain: str, after: int = 0) -> Iterator[Seal]:
        """The seals of a chain behind a number, in order; streamed."""
        page = select(_S).where(_S.c.chain == chain, _S.c.number > bindparam("after")).order_by(_S.c.number).limit(100)
        while True:
            rows = self._run(page, {"after": after}).all()
            yield from map(_as_seal, rows)
            if len(rows) < 100:
                return
            after = rows[-1].number

    def add_seal(self, seal: Seal) -> None:
        """Append a seal."""
        numbers = [number for number, _ in unpack(seal.leaves)]
        self._run(insert(_S), {
            "chain": seal.chain, "number": seal.number, "first_event": numbers[0], "last_event": numbers[-1], "events": len(numbers),
            "leaves": seal.leaves, "hash": seal.hash, "kid": seal.kid, "signature": seal.signature, "at": seal.at,
        })  # fmt: skip

    # -- checkpoints -----------------------------------------------------------------------------------------------

    def last_checkpoint(self, chain: str) -> Row[Any] | None:
        """The newest checkpoint of a chain."""
        found: Row[Any] | None = self._run(select(_C).where(_C.c.chain == chain).order_by(_C.c.number.desc()).limit(1)).first()
        return found

    def checkpoints(self, chain: str, from_seal: int = 0) -> Iterator[Row[Any]]:
        """The checkpoints of a chain that name a seal from this number on, in order; streamed."""
        page = select(_C).where(_C.c.chain == chain, _C.c.seal >= from_seal, _C.c.number > bindparam("after")).order_by(_C.c.number)
        after = 0
        while True:
            rows = self._run(page.limit(100), {"after": after}).all()
            yield from rows
            if len(rows) < 100:
                return
            after = rows[-1].number

    def add_checkpoint(self, **values: Any) -> None:
        """Append a checkpoint."""
        self._run(insert(_C), values)

    # -- what was deleted on time ----------------------------------------------------------------------------------

    def prunings(self, chain: str, first: int, last: int) -> list[str]:
        """The statements about a chain that may name an event between two numbers."""
        found = select(_P.c.statement).where(_P.c.chain == chain, _P.c.first_event <= last, _P.c.last_event >= first)
        return list(self._run(found.order_by(_P.c.number)).scalars())

    def last_pruning(self, chain: str) -> int:
        """The number of the newest statement of deletion of a chain, 0 when there is none."""
        return int(self._run(select(func.coalesce(func.max(_P.c.number), 0)).where(_P.c.chain == chain)).scalar())

    def oldest(self, tag: str, before: datetime, limit: int = PAGE) -> Sequence[Row[Any]]:
        """The oldest events of a kind, as long as they are older than `before`."""
        rows = self._run(select(_E).where(_E.c.tag == tag).order_by(_E.c.id).limit(limit)).all()
        return [row for row in rows if row.at < before]

    def add_pruning(self, **values: Any) -> None:
        """Append a statement of deletion; the database then lets go of the events it spans."""
        self._run(insert(_P), values)

    def delete_events(self, numbers: Sequence[int]) -> int:
        """Delete events that a statement names; gives how many. The database refuses any other."""
        return int(self._run(delete(_E).where(_E.c.id.in_(numbers))).rowcount)

    # -- positions of readers --------------------------------------------------------------------------------------

    def position(self, name: str) -> int:
        """How far a reader has come, 0 at the start."""
        return int(self._run(select(func.coalesce(func.max(_N.c.event), 0)).where(_N.c.name == name)).scalar())

    def move(self, name: str, event: int, now: datetime) -> None:
        """Remember how far a reader has come."""
        if not self._run(update(_N).where(_N.c.name == name).values(event=event, at=now)).rowcount:
            self._run(insert(_N), {"name": name, "event": event, "at": now})


def _as_seal(row: Row[Any]) -> Seal:
    return Seal(row.chain, row.number, row.leaves, row.hash, row.kid, row.signature, row.at)


def _seen(row: Row[Any]) -> Seen:
    record = as_record(row)
    return row.id, record["at"], leaf(record)
