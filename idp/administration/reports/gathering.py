"""The worker's side: each settled event is counted once, second factors are counted anew every hour."""

from datetime import datetime, timedelta

from idp.administration.reports.measures import counted
from idp.administration.reports.store import ReportStore
from idp.audit.proof.seals import GRACE, settled
from idp.audit.proof.store import ProofStore
from idp.db.session import Database
from idp.directory.days import today
from idp.kernel.clock import Clock

NAME = "figures"
_HOURLY = timedelta(hours=1)


class Gathering:
    """Fills the figures, in short units of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._covered_at: datetime | None = None

    def round(self, *, most: int = 50) -> int:
        """Count at most so many pages of events; gives how many events were looked at."""
        total = 0
        for _ in range(most):
            if not (count := self._page()):
                break
            total += count
        now = self._clock.now()
        if self._covered_at is None or now - self._covered_at >= _HOURLY:
            self.cover()
            self._covered_at = now
        return total

    def _page(self) -> int:
        with self._database.unit(read_only=True) as session:
            store = ProofStore(session)
            waits = store.open_writer(GRACE.total_seconds() / 2)
            if waits or not settled(store.all_events(store.position(NAME), 1), self._clock.now()):
                return 0
        with self._database.unit() as session:
            # Counts and place in one transaction: no event is counted twice, whatever happens between.
            store = ProofStore(session)
            rows = settled(store.all_events(store.position(NAME)), self._clock.now())
            if rows:
                ReportStore(session).add(counted(rows))
                store.move(NAME, rows[-1].id, self._clock.now())
            return len(rows)

    def cover(self) -> None:
        """Count second factors now."""
        with self._database.unit(read_only=True) as session:
            found = ReportStore(session).count_coverage(today(self._clock))
        with self._database.unit() as session:
            ReportStore(session).put_coverage(found, self._clock.now())
