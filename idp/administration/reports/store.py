"""Every statement about figures over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from idp.administration.models import CoverageFigure, DailyFigure
from idp.administration.reports.measures import ALL, ERRORS, USES, Key
from idp.authn.models import Passkey, TotpSecret
from idp.db.upsert import insert_into
from idp.directory.models import Assignment, Person, Unit

_D: Any = DailyFigure.__table__
_C: Any = CoverageFigure.__table__


@dataclass(frozen=True, slots=True)
class Coverage:
    """Second factors of the active accounts of a government, or of one of its units."""

    government_code: str
    unit_id: str
    people: int
    with_factor: int
    apps: int
    passkeys: int


class ReportStore:
    """Adds to figures and reads them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, counts: Mapping[Key, int]) -> None:
        """Add what was counted."""
        for (day, government, measure, client), count in sorted(counts.items()):
            values = {"day": day, "government_code": government, "measure": measure, "client_id": client, "count": count}
            statement = insert_into(self._session, _D).values(**values)
            total = {"count": _D.c.count + statement.excluded.count}
            self._session.connection().execute(statement.on_conflict_do_update(index_elements=list(_D.primary_key), set_=total))

    def count_coverage(self, day: date) -> list[Coverage]:
        """Coverage now, of each government and of each unit by primary posts: two passes over the accounts, for the worker only."""
        apps = select(TotpSecret.person_id).where(TotpSecret.confirmed_at.is_not(None)).distinct().subquery()
        keys = select(Passkey.person_id).distinct().subquery()
        has_app, has_key = apps.c.person_id.is_not(None), keys.c.person_id.is_not(None)
        counts = (func.count(), _sum(or_(has_app, has_key)), _sum(has_app), _sum(has_key))
        code = func.coalesce(Person.government_code, "")
        base = (
            select(code, *counts).select_from(Person).outerjoin(apps, apps.c.person_id == Person.id)
            .outerjoin(keys, keys.c.person_id == Person.id).where(Person.status == "active")
        )  # fmt: skip
        found = [Coverage(row[0], "", *row[1:]) for row in self._session.execute(base.group_by(code))]
        post = and_(
            Assignment.person_id == Person.id, Assignment.is_primary, Assignment.valid_from <= day,
            or_(Assignment.valid_to.is_(None), Assignment.valid_to > day),
        )  # fmt: skip
        by_unit = base.add_columns(Assignment.unit_id).join(Assignment, post).group_by(code, Assignment.unit_id)
        return found + [Coverage(row[0], row[5], *row[1:5]) for row in self._session.execute(by_unit)]

    def put_coverage(self, found: Sequence[Coverage], at: datetime) -> None:
        """Replace what was counted before."""
        connection = self._session.connection()
        connection.execute(delete(_C))
        rows = [
            {"government_code": one.government_code, "unit_id": one.unit_id, "people": one.people, "with_factor": one.with_factor,
             "apps": one.apps, "passkeys": one.passkeys, "at": at}
            for one in found
        ]  # fmt: skip
        for start in range(0, len(rows), 500):
            connection.execute(insert(_C), rows[start : start + 500])

    def coverage(self, governments: Sequence[str] | None) -> list[Coverage]:
        """Coverage of governments, as last counted."""
        statement = select(_C).where(_C.c.unit_id == "").order_by(_C.c.government_code)
        if governments is not None:
            statement = statement.where(_C.c.government_code.in_(governments))
        return [_coverage(row) for row in self._session.connection().execute(statement)]

    def units(self, government: str, limit: int) -> list[tuple[str, Coverage]]:
        """The units of a government with the most people without a second factor: (name, coverage)."""
        missing = _C.c.people - _C.c.with_factor
        rows = self._session.connection().execute(
            select(_C, Unit.name).join(Unit, Unit.id == _C.c.unit_id).where(_C.c.government_code == government, _C.c.unit_id != "")
            .order_by(missing.desc(), Unit.name).limit(limit)
        )  # fmt: skip
        return [(row.name, _coverage(row)) for row in rows]

    def counted_at(self) -> datetime | None:
        """When the coverage was counted."""
        at: datetime | None = self._session.connection().execute(select(func.max(_C.c.at))).scalar()
        return at

    def by_day(self, governments: Sequence[str] | None, first: date, last: date) -> dict[tuple[date, str], int]:
        """(day, measure) -> count, both days included."""
        rows = self._session.connection().execute(
            select(_D.c.day, _D.c.measure, func.sum(_D.c.count)).where(*_where(governments, first, last)).group_by(_D.c.day, _D.c.measure)
        )
        return {(row[0], row[1]): int(row[2]) for row in rows}

    def by_application(self, governments: Sequence[str] | None, first: date, last: date, limit: int) -> list[tuple[str, int, int]]:
        """(client, uses, errors) of the applications used most."""
        uses, errors = (func.sum(case((_D.c.measure == name, _D.c.count), else_=0)) for name in (USES, ERRORS))
        rows = self._session.connection().execute(
            select(_D.c.client_id, uses, errors).where(*_where(governments, first, last), _D.c.client_id != "")
            .group_by(_D.c.client_id).order_by(uses.desc(), errors.desc(), _D.c.client_id).limit(limit)
        )  # fmt: skip
        return [(row[0], int(row[1]), int(row[2])) for row in rows]


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)


def _where(governments: Sequence[str] | None, first: date, last: date) -> list[ColumnElement[bool]]:
    return [_D.c.government_code.in_([ALL] if governments is None else governments), _D.c.day >= first, _D.c.day <= last]


def _coverage(row: Any) -> Coverage:
    return Coverage(row.government_code, row.unit_id, row.people, row.with_factor, row.apps, row.passkeys)
