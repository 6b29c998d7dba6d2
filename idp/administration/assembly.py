"""The services of this room over one unit of work."""

from idp.administration.break_glass import BreakGlass
from idp.administration.figures import Figures
from idp.administration.grants import Grants
from idp.administration.help import HelpDesk
from idp.administration.people import PeopleDesk
from idp.administration.scope import Scope
from idp.administration.store import AdministrationStore
from idp.administration.units import Units
from idp.approvals.service import Approvals
from idp.audit.log import AuditLog
from idp.authn.assembly import Authn
from idp.directory.orgs import Organisations
from idp.directory.people import People
from idp.directory.roles import Roles
from idp.directory.store import DirectoryStore
from idp.interaction.leave import Leave
from idp.kernel.clock import Clock
from idp.kernel.lazily import lazily
from idp.kernel.randomness import Randomness


class Administration:
    """What views, commands and an API ask; each part is built when first asked for. help_limit: deeds of one helper in an hour."""

    def __init__(
        self, store: AdministrationStore, approvals: Approvals, directory: DirectoryStore, people: People, organisations: Organisations,
        roles: Roles, authn: Authn, leave: Leave, audit: AuditLog, clock: Clock, randomness: Randomness, *, help_limit: int,
    ) -> None:  # fmt: skip
        self._store, self._approvals, self._directory, self._people = store, approvals, directory, people
        self._organisations, self._roles, self._authn, self._leave = organisations, roles, authn, leave
        self._audit, self._clock, self._randomness, self._help_limit = audit, clock, randomness, help_limit

    @lazily
    def scope(self) -> Scope:
        """Whom and what an officer may see and touch."""
        return Scope(self._people, self._organisations, self._roles)

    @lazily
    def figures(self) -> Figures:
        """Counts for the first page."""
        return Figures(self._store, self._clock)

    @lazily
    def people(self) -> PeopleDesk:
        """People: lists, in and out."""
        return PeopleDesk(
            self.scope, self._store, self._people, self._authn.links, self._leave, self._authn.notices, self._audit, self._clock
        )

    @lazily
    def help(self) -> HelpDesk:
        """Help for who cannot get in, and what waits for a second person."""
        return HelpDesk(
            self.scope, self._store, self._approvals, self._people, self.people, self._authn, self._leave, self._audit, self._clock,
            self._randomness, limit=self._help_limit,
        )  # fmt: skip

    @lazily
    def break_glass(self) -> BreakGlass:
        """The last way in."""
        return BreakGlass(self._store, self._roles, self._authn.notices, self._audit, self._clock)

    @lazily
    def grants(self) -> Grants:
        """Roles."""
        return Grants(self.scope, self._store, self._directory, self._roles, self._clock)

    @lazily
    def units(self) -> Units:
        """Units, and who stands in them."""
        return Units(self.scope, self._organisations, self._people, self._directory)

    @property
    def store(self) -> AdministrationStore:
        """Reads of pages."""
        return self._store
