"""A report of a period: what the pages of figures and the monthly report show, for the governments somebody may read."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from idp.administration.reports.measures import MEASURES
from idp.administration.reports.store import Coverage, ReportStore

_UNITS, _APPLICATIONS = 25, 20


@dataclass(frozen=True, slots=True)
class Report:
    """Everything of one period. days: one (day, {measure: count}) for each day; units: only where one government is looked at."""

    first: date
    last: date
    counted_at: datetime | None
    coverage: list[Coverage]
    units: list[tuple[str, Coverage]]
    days: list[tuple[date, dict[str, int]]]
    totals: dict[str, int]
    applications: list[tuple[str, int, int]]

    @property
    def whole(self) -> Coverage:
        """The coverage of all governments shown together."""
        found = self.coverage
        return Coverage(
            "", "", sum(one.people for one in found), sum(one.with_factor for one in found), sum(one.apps for one in found),
            sum(one.passkeys for one in found),
        )  # fmt: skip


class Reports:
    """Reads figures."""

    def __init__(self, store: ReportStore) -> None:
        self._store = store

    def period(self, governments: Sequence[str] | None, first: date, last: date) -> Report:
        """The report of these days, both included; governments: None for the whole installation."""
        counts = self._store.by_day(governments, first, last)
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        by_day = [(day, {name: counts.get((day, name), 0) for name in MEASURES}) for day in days]
        one = governments[0] if governments is not None and len(governments) == 1 else None
        return Report(
            first, last, self._store.counted_at(), self._store.coverage(governments), self._store.units(one, _UNITS) if one else [],
            by_day, {name: sum(found[name] for _, found in by_day) for name in MEASURES},
            self._store.by_application(governments, first, last, _APPLICATIONS),
        )  # fmt: skip


def month_of(text: str, present: date) -> tuple[date, date]:
    """First and last day of a month written ``2027-03``; the last complete month for anything else."""
    try:
        year, month = map(int, text.split("-"))
        first = date(year, month, 1)
    except ValueError:
        first = (present.replace(day=1) - timedelta(days=1)).replace(day=1)
    return first, first.replace(day=monthrange(first.year, first.month)[1])
