"""The services of this room over one unit of work."""

from idp.administration.figures import Figures
from idp.administration.scope import Scope
from idp.administration.store import AdministrationStore
from idp.directory.orgs import Organisations
from idp.directory.people import People
from idp.directory.roles import Roles
from idp.kernel.clock import Clock
from idp.kernel.lazily import lazily


class Administration:
    """What views, commands and an API ask; each part is built when first asked for."""

    def __init__(self, store: AdministrationStore, people: People, organisations: Organisations, roles: Roles, clock: Clock) -> None:
        self._store, self._people, self._organisations, self._roles, self._clock = store, people, organisations, roles, clock

    @lazily
    def scope(self) -> Scope:
        """Whom and what an officer may see and touch."""
        return Scope(self._people, self._organisations, self._roles)

    @lazily
    def figures(self) -> Figures:
        """Counts for the first page."""
        return Figures(self._store, self._clock)
