"""What this person must reach, and whether they may enter: policy asked with facts gathered as cheaply as they allow."""

from idp.authn.account_security import Factors
from idp.authn.accounts.account import Account
from idp.authn.sessions import LiveSession
from idp.clients.registry import Registry
from idp.clients.snapshot import ClientSnapshot
from idp.directory.people import People
from idp.enforcement.rules import Enforcement
from idp.interaction.demands import Demands, Whom
from idp.policy.access import ClientFacts, Denied, PersonFacts, may_use
from idp.policy.assurance import OFFERED_RANK, is_remembered, rank, strength
from idp.policy.second_factor import Ahead, Demand, Remembering


class Standards:
    """Second-factor demands and access, for the dance and for the guards."""

    def __init__(
        self, enforcement: Enforcement, demands: Demands, people: People, factors: Factors, registry: Registry
    ) -> None:
        self._enforcement = enforcement
        self._demands = demands
        self._people = people
        self._factors = factors
        self._registry = registry

    def demanded_of(self, live: LiveSession, client: ClientSnapshot | None) -> int:
        """The rank demanded of the person signed in, for `client` (or for our own pages)."""
        minimum = rank(client.min_acr) if client else 0
        if strength(live.amr) >= max(self._enforcement.ceiling(), minimum) and not is_remembered(live.amr):
            # Already as strong as anything can demand: no need to read roles and rules on this hot path.
            return minimum
        whom = Whom(live.person_id, live.government_code, live.employment_status)
        return max(minimum, self._demands.of(whom, client, going_on=True).rank)

    def ceiling(self) -> int:
        """The highest rank that anything can demand of anybody for our own pages."""
        return self._enforcement.ceiling()

    def demanded(self, person_id: str, client: ClientSnapshot | None, account: Account | None = None) -> int:
        """The rank demanded of a person who is still signing in. account: theirs, where this unit has just read it."""
        found = self.demand_of(person_id, client, account)
        return OFFERED_RANK if found is None else max(rank(client.min_acr) if client else 0, found.rank)

    def demand_of(
        self, person_id: str, client: ClientSnapshot | None, account: Account | None = None, *, going_on: bool = False
    ) -> Demand | None:
        """The same with what demands it, the application's own minimum left out; None for nobody."""
        person = account or self._people.get(person_id)
        if person is None:
            return None
        bare = account is not None and not account.has_roles
        whom = Whom(person_id, person.government_code, person.employment_status, bare)
        return self._demands.of(whom, client, going_on=going_on)

    def may_be_ahead(self) -> bool:
        """False where no rule is in its grace or about to start: then nothing is ahead of anybody."""
        return self._enforcement.warns()

    def ahead(
        self, person_id: str, client: ClientSnapshot | None, reached: int, account: Account | None = None, *,
        going_on: bool = False,
    ) -> tuple[Ahead, ...]:  # fmt: skip
        """What will soon demand more of somebody than they `reached`; where no rule warns, nothing is read."""
        if not self.may_be_ahead():
            return ()
        found = self.demand_of(person_id, client, account, going_on=going_on)
        return tuple(one for one in found.ahead if one.rank > reached) if found else ()

    def rank_of(self, live: LiveSession, client: ClientSnapshot | None) -> int:
        """The rank that a session has here: a remembered device counts only where policy lets it."""
        if is_remembered(live.amr) and self.remembering(live.person_id, client).days <= 0:
            return 1
        return strength(live.amr)

    def remembering(self, person_id: str, client: ClientSnapshot | None) -> Remembering:
        """For how long a device of this person may be remembered, for `client` (or for our own pages)."""
        person = self._people.get(person_id)
        whom = Whom(person_id, person.government_code if person else None, person.employment_status if person else None)
        return self._demands.remembering(whom, client)

    def full_proof(self, person_id: str) -> int:
        """The rank of a full proof of this person: 2 where they have a second factor of any kind, for any of them is one.

        A passkey reaches more, but whoever has lost it must still be able to remove it with what is left.
        """
        return 2 if self._factors.has_second_factor(person_id) else 1

    def access(self, live: LiveSession, client: ClientSnapshot, activity: str) -> str | None:
        """None when the person may use the client, else why not, as ``access.<reason>``."""
        # Only a restricted client costs a further read.
        assigned = client.access != "everyone" and self._registry.is_assigned(
            client.client_id, live.person_id, live.government_code, self._people.unit_line(live.person_id)
        )
        verdict = may_use(
            PersonFacts(live.status, activity, live.government_code),
            ClientFacts(client.status, client.access, client.government_code),
            assigned=assigned,
        )
        return f"access.{verdict.reason}" if isinstance(verdict, Denied) else None
