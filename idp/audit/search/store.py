"""Every statement of searching the record: each led by an index, each a page by number."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from idp.audit.models import AuditEvent
from idp.audit.search.wanted import Wanted

_E: Any = AuditEvent.__table__
# Numbers follow time but for transactions that ran side by side, and clocks that differ a little.
_SLACK = timedelta(minutes=15)
_PAGE = 1000


class SearchStore:
    """Reads events by what is wanted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Row[Any]]:
        """The newest events, older than the number `before`; newest first."""
        ways = self.ways(wanted)
        if before is not None:
            ways = [way.where(_E.c.id < before) for way in ways]
        return self._merged(ways, limit, newest=True)

    def onward(self, wanted: Wanted, *, after: int = 0) -> Iterator[Row[Any]]:
        """Every event, oldest first; streamed."""
        ways = self.ways(wanted)
        while True:
            rows = self._merged([way.where(_E.c.id > after) for way in ways], _PAGE, newest=False)
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1].id

    def number_at(self, moment: datetime) -> int:
        """A number below every event of that moment and later, found by halving: no index over moments is needed."""
        low, high = self._ends()
        aim = moment - _SLACK
        while low < high:
            middle = (low + high) // 2
            found = self._session.connection().execute(select(_E.c.id, _E.c.at).where(_E.c.id >= middle).order_by(_E.c.id).limit(1)).first()
            if found is None or found.at >= aim:
                high = middle
            else:
                low = found.id + 1
        return low - 1

    def _ends(self) -> tuple[int, int]:
        ask = self._session.connection().execute
        low, high = ask(select(func.min(_E.c.id))).scalar(), ask(select(func.max(_E.c.id))).scalar()
        return (low or 0), (high or 0) + 1

    def _bounded(self, wanted: Wanted) -> Select[Any]:
        found = select(_E)
        if wanted.governments is not None:
            codes = wanted.governments or ("-",)  # nowhere: nothing
            one = _E.c.government_code == codes[0] if codes != ("",) else _E.c.government_code.is_(None)
            found = found.where(one if len(codes) == 1 else _E.c.government_code.in_(codes))
        if wanted.since:
            found = found.where(_E.c.at >= wanted.since, _E.c.id > self.number_at(wanted.since))
        if wanted.until:
            found = found.where(_E.c.at < wanted.until, _E.c.id <= self.number_at(wanted.until + 2 * _SLACK))
        if wanted.actor:
            found = found.where(_E.c.actor_id == wanted.actor)
        if wanted.client:
            found = found.where(_E.c.client_id == wanted.client)
        return found

    def ways(self, wanted: Wanted) -> list[Select[Any]]:
        """Ways through the indexes that together find all: each kind by itself; a person as who did it, and as whom it is about."""
        bounded = self._bounded(wanted)
        if not wanted.person:
            return [bounded.where(_E.c.tag == tag) for tag in wanted.tags] or [bounded]
        few = bounded.where(_E.c.tag.in_(wanted.tags)) if wanted.tags else bounded
        return [
            few.where(_E.c.subject_kind == "person", _E.c.subject_id == wanted.person),
            few.where(_E.c.actor_kind == "person", _E.c.actor_id == wanted.person),
        ]

    def _merged(self, ways: list[Select[Any]], limit: int, *, newest: bool) -> list[Row[Any]]:
        order = _E.c.id.desc() if newest else _E.c.id
        found: dict[int, Row[Any]] = {}
        for way in ways:
            rows: Sequence[Row[Any]] = self._session.connection().execute(way.order_by(order).limit(limit)).all()
            found.update({row.id: row for row in rows})
        return [found[number] for number in sorted(found, reverse=newest)[:limit]]
