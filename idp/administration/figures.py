"""The figures of the first page: counted now, within the officer's part."""

from dataclasses import dataclass

from idp.administration.store import AdministrationStore
from idp.directory.days import today
from idp.kernel.clock import Clock
from idp.policy.permissions import Officer, Permission


@dataclass(frozen=True, slots=True)
class PeopleFigures:
    """Accounts by state."""

    active: int
    invited: int
    disabled: int


class Figures:
    """Counts."""

    def __init__(self, store: AdministrationStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def people(self, officer: Officer) -> PeopleFigures | None:
        """Accounts in the officer's part; None where they may not see people."""
        reach = officer.reach(Permission.PERSON_READ)
        if not reach:
            return None
        found = self._store.people_by_status(reach, today(self._clock))
        return PeopleFigures(found.get("active", 0), found.get("invited", 0), found.get("disabled", 0))
