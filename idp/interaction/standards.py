"""What this person must reach, and whether they may enter: policy asked with facts gathered as cheaply as they allow."""

from idp.authn.account_security import Factors
from idp.authn.accounts.account import Account
from idp.authn.sessions import LiveSession
from idp.clients.registry import Registry
from idp.clients.snapshot import ClientSnapshot
from idp.directory.people import People
from idp.directory.roles import Roles
from idp.enforcement.rules import Enforcement
from idp.policy.access import ClientFacts, Denied, PersonFacts, may_use
from idp.policy.assurance import OFFERED_RANK, is_remembered, rank
from idp.policy.second_factor import Remembering


class Standards:
    """Second-factor demands and access, for the dance and for the guards."""

    def __init__(
        self, enforcement: Enforcement, roles: Roles, people: People, factors: Factors, registry: Registry
    ) -> None:
        self._enforcement = enforcement
        self._roles = roles
        self._people = people
        self._factors = factors
        self._registry = registry

    def demanded_of(self, live: LiveSession, client: ClientSnapshot | None) -> int:
        """The rank demanded of the person signed in, for `client` (or for our own pages)."""
        minimum = rank(client.min_acr) if client else 0
        if rank(live.acr) >= max(self._enforcement.ceiling(), minimum) and not is_remembered(live.amr):
            # Already as strong as anything can demand: no need to read roles and rules on this hot path.
            return minimum
        return max(minimum, self._demand(live.person_id, live.government_code, live.employment_status, client))

    def ceiling(self) -> int:
        """The highest rank that anything can demand of anybody for our own pages."""
        return self._enforcement.ceiling()

    def demanded(self, person_id: str, client: ClientSnapshot | None, account: Account | None = None) -> int:
        """The rank demanded of a person who is still signing in. account: theirs, where this unit has just read it."""
        person = account or self._people.get(person_id)
        if person is None:
            return OFFERED_RANK
        minimum = rank(client.min_acr) if client else 0
        bare = account is not None and not account.has_roles
        return max(minimum, self._demand(person_id, person.government_code, person.employment_status, client, bare=bare))

    def rank_of(self, live: LiveSession, client: ClientSnapshot | None) -> int:
        """The rank that a session has here: a remembered device counts only where policy lets it."""
        if is_remembered(live.amr) and self.remembering(live.person_id, client).days <= 0:
            return 1
        return rank(live.acr)

    def remembering(self, person_id: str, client: ClientSnapshot | None) -> Remembering:
        """For how long a device of this person may be remembered, for `client` (or for our own pages)."""
        person = self._people.get(person_id)
        return self._enforcement.remembering(
            person_id,
            person.government_code if person else None,
            frozenset(held.role for held in self._roles.of_person(person_id)),
            person.employment_status if person else None,
            client.client_id if client else None,
        )

    def reachable(self, person_id: str) -> int:
        """The rank the person's enrolled factors reach."""
        return 2 if self._factors.has_second_factor(person_id) else 1

    def access(self, live: LiveSession, client: ClientSnapshot, activity: str) -> str | None:
        """None when the person may use the client, else why not, as ``access.<reason>``."""
        # Only a restricted client costs a further read.
        assigned = client.access != "everyone" and self._registry.is_assigned(
            client.client_id, live.person_id, live.government_code, self._people.unit_line(live.person_id)
        )
        verdict = may_use(
            PersonFacts(live.status, activity, live.government_code),
            ClientFacts("active" if client.enabled else "disabled", client.access, client.government_code),
            assigned=assigned,
        )
        return f"access.{verdict.reason}" if isinstance(verdict, Denied) else None

    def _demand(
        self, person_id: str, government: str | None, status: str, client: ClientSnapshot | None, *, bare: bool = False
    ) -> int:
        """bare: the person is known to hold no role."""
        return self._enforcement.demand(
            person_id=person_id,
            government=government,
            roles=frozenset() if bare else frozenset(held.role for held in self._roles.of_person(person_id)),
            status=status,
            client_id=client.client_id if client else None,
        ).rank
