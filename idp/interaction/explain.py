"""Which rule applies to a person at an application, and why: the decision itself, taken apart."""

from dataclasses import dataclass

from idp.authn.account_security import Factors
from idp.clients.snapshot import ClientSnapshot
from idp.directory.models import Person
from idp.directory.people import People
from idp.directory.roles import Roles
from idp.enforcement.rules import Enforcement
from idp.policy.assurance import RANK_OF_APP, rank
from idp.policy.explaining import Explained
from idp.policy.second_factor import LEVELS, RANKS, Level


@dataclass(frozen=True, slots=True)
class Explanation:
    """demanded: the strongest of rules and the application's own minimum; reached: what the person's factors reach.

    roles: those that make them an administrator are among them; active: whether they can sign in at all.
    """

    person: Person
    client: ClientSnapshot | None
    explained: Explained
    default: Level
    minimum: int
    reached: int
    roles: frozenset[str]

    @property
    def demanded(self) -> int:
        """The rank that must be reached."""
        return max(self.minimum, self.explained.demand.rank)

    @property
    def outcome(self) -> str:
        """``cannot`` | ``must_enrol`` | ``ready`` | ``free``: what a sign-in comes to now, as the dry run names it."""
        if self.person.status != "active":
            return "cannot"
        if self.demanded <= RANKS["none"]:
            return "free"
        return "ready" if self.reached >= self.demanded else "must_enrol"

    @property
    def level(self) -> Level:
        """The same as rules name it."""
        return LEVELS[self.demanded]


class Explaining:
    """Answers `explain` for administrators and operators."""

    def __init__(self, enforcement: Enforcement, roles: Roles, people: People, factors: Factors) -> None:
        self._enforcement = enforcement
        self._roles = roles
        self._people = people
        self._factors = factors

    def explain(self, person: Person, client: ClientSnapshot | None = None) -> Explanation:
        """What `person` must prove to open `client` (None: our own pages) if they signed in now."""
        roles = frozenset(held.role for held in self._roles.of_person(person.id))
        explained = self._enforcement.explain(
            person.id, person.government_code, roles, person.employment_status, client.client_id if client else None,
            unit_line=lambda: self._people.unit_line(person.id),
        )  # fmt: skip
        if self._factors.passkeys(person.id):
            reached = RANKS["phishing_resistant"]
        else:
            reached = RANK_OF_APP if self._factors.has_second_factor(person.id) else RANKS["none"]
        minimum = max(RANKS["none"], rank(client.min_acr)) if client else RANKS["none"]
        return Explanation(person, client, explained, self._enforcement.default, minimum, reached, roles)
