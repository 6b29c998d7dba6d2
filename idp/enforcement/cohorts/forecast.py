"""The dry run of a rule: who is ready, who must enrol, who cannot, and what the help desks will hear of it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from idp.directory.days import WIB
from idp.enforcement.cohorts.store import CohortStore, Trial
from idp.enforcement.rules import Enforcement, NewRule
from idp.kernel.clock import Clock
from idp.policy.second_factor import Rule

OUTCOMES = ("ready", "must_enrol", "cannot", "exempt")
# Of a hundred people in each position, how many turn to their help desk in the first weeks; minutes that one of them takes.
# Planning figures, said as such on the page: whoever has measured better ones reads them off the table of counts.
CALLS_PER_HUNDRED = {"ready": 1, "must_enrol": 8, "weaker_factor": 4, "no_mail": 20, "not_activated": 30, "lost_factor": 100}
MINUTES_PER_CALL = 10
BATCH = 20_000


@dataclass(slots=True)
class Tally:
    """How many people of a government or a unit stand where."""

    code: str | None
    name: str | None
    government_code: str | None = None
    people: int = 0
    ready: int = 0
    must_enrol: int = 0
    cannot: int = 0
    exempt: int = 0
    without_mail: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    _hundredths: int = 0

    @property
    def calls(self) -> int:
        """How many calls its help desk should expect."""
        return math.ceil(self._hundredths / 100)

    @property
    def hours(self) -> int:
        """How many hours of work they are."""
        return math.ceil(self._hundredths * MINUTES_PER_CALL / 6000)

    def take(self, row: Any) -> None:
        """Count one row of the store."""
        self.people += row.people
        setattr(self, row.outcome, getattr(self, row.outcome) + row.people)
        if row.outcome == "cannot":
            self.reasons[row.note] = self.reasons.get(row.note, 0) + row.people
        if row.outcome == "must_enrol" and not row.has_mail:
            self.without_mail += row.people
        self._hundredths += row.people * _calls(row)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a rule will do at the moment it binds. governments, units: largest need first."""

    rule: Rule
    at: datetime
    total: Tally
    governments: tuple[Tally, ...]
    units: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One person and what will happen at sign-in. note: why, where there is a reason to tell."""

    person_id: str
    username: str
    name: str
    number: str | None
    government_code: str | None
    government: str | None
    unit: str | None
    outcome: str
    note: str
    email: str | None
    locale: str | None


class DryRun:
    """Tries a rule out; changes nothing. minimum: gives the rank that an application demands of everybody anyway."""

    def __init__(
        self, store: CohortStore, enforcement: Enforcement, clock: Clock, *, minimum: Callable[[str], int] = lambda _: 1
    ) -> None:
        self._store = store
        self._enforcement = enforcement
        self._clock = clock
        self._minimum = minimum

    def forecast(self, new: NewRule | Rule) -> Forecast:
        """Counts by government and unit."""
        trial = self.trial(new)
        total = Tally(None, None)
        governments: dict[str | None, Tally] = {}
        units: dict[str | None, Tally] = {}
        for row in self._store.counts(trial):
            mine = governments.setdefault(row.government_code, Tally(row.government_code, row.government, row.government_code))
            unit = units.setdefault(row.unit_id, Tally(row.unit_id, row.unit, row.government_code))
            for tally in (total, mine, unit):
                tally.take(row)
        return Forecast(trial.rule, trial.at, total, _ordered(governments), _ordered(units))

    def people(self, new: NewRule | Rule, *, outcome: str | None = None) -> Iterator[Foreseen]:
        """Everybody whom the rule touches, by id, read in batches."""
        trial, after = self.trial(new), ""
        while True:
            rows = self._store.people(trial, after=after, limit=BATCH)
            yield from (Foreseen(*tuple(row)) for row in rows if outcome in (None, row.outcome))
            if len(rows) < BATCH:
                return
            after = rows[-1].person_id

    def trial(self, new: NewRule | Rule) -> Trial:
        """The rule among all others, at the moment it binds or now, whichever is later; raises Invalid for a bad one."""
        rule = self._enforcement.check(new) if isinstance(new, NewRule) else new
        at = max(rule.binds_at, self._clock.now())
        application = rule.value if rule.subject == "client" else rule.application
        least = self._minimum(application) if application else 1
        day = at.astimezone(WIB).date()
        book = self._enforcement.book()
        return Trial(rule, book.rules, self._enforcement.default, at, day, application, least, bool(book.exemptions))


def _calls(row: Any) -> int:
    """Per hundred people of this row; whoever cannot be told calls most, and of the disabled nobody does."""
    if row.outcome == "must_enrol" and not row.has_mail:
        return CALLS_PER_HUNDRED["no_mail"]
    return CALLS_PER_HUNDRED.get(row.note) or CALLS_PER_HUNDRED.get(row.outcome, 0)


def _ordered(found: dict[str | None, Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(found.values(), key=lambda one: (-one.must_enrol - one.cannot, one.code or "")))
