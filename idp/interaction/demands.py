"""What is demanded of somebody, with the facts read as sparingly as the rules allow; one decision for every path.

Sign-in, step-up and sessions ask through `Standards`; whatever uses a grant (code, refresh, exchange, userinfo,
introspection) asks through the one gate of the protocol, which asks here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from idp.clients.snapshot import ClientSnapshot
from idp.directory.people import People
from idp.directory.roles import Roles
from idp.enforcement.rules import Enforcement
from idp.policy.assurance import is_remembered, rank, strength
from idp.policy.second_factor import Demand, Remembering
from idp.tokens.view import GrantView


@dataclass(frozen=True, slots=True)
class Whom:
    """A person as a decision about second factors sees them. bare: known to hold no role, so that none need be read."""

    person_id: str
    government: str | None
    status: str | None
    bare: bool = False


class Demands:
    """Asks the rules about people."""

    def __init__(self, enforcement: Enforcement, roles: Roles, people: People) -> None:
        self._enforcement = enforcement
        self._roles = roles
        self._people = people

    def of(self, whom: Whom, client: ClientSnapshot | None, *, going_on: bool = False) -> Demand:
        """What is demanded of them now for `client`, or for our own pages; going_on: of what was started earlier."""
        return self._enforcement.demand(
            whom.person_id, whom.government, self._held(whom), whom.status, client.client_id if client else None,
            unit_line=self._units(whom.person_id), going_on=going_on,
        )  # fmt: skip

    def remembering(self, whom: Whom, client: ClientSnapshot | None) -> Remembering:
        """For how long a device of theirs may be remembered, for `client` or for our own pages."""
        return self._enforcement.remembering(
            whom.person_id, whom.government, self._held(whom), whom.status, client.client_id if client else None,
            unit_line=self._units(whom.person_id),
        )  # fmt: skip

    def outgrown(self, grant: GrantView, client: ClientSnapshot) -> int:
        """The rank demanded for `client` now where a grant was given for less: a rule, a role or a minimum came since; else 0.

        What is as strong as anything demands costs no statement; the rest only what roles, units and counted grace ask for.
        """
        methods = grant.amr.split()
        reached, minimum = strength(methods), rank(client.min_acr)
        remembered = is_remembered(methods)
        if reached >= max(minimum, self._enforcement.ceiling()) and not remembered:
            return 0
        whom = Whom(grant.person_id, grant.person_government, grant.person_employment, bare=not grant.person_has_roles)
        demanded = max(minimum, self.of(whom, client, going_on=True).rank)
        if remembered and demanded > 1 and self.remembering(whom, client).days <= 0:
            return demanded
        return demanded if reached < demanded else 0

    def _held(self, whom: Whom) -> frozenset[str]:
        return frozenset() if whom.bare else frozenset(held.role for held in self._roles.of_person(whom.person_id))

    def _units(self, person_id: str) -> Callable[[], Iterable[str]]:
        return lambda: self._people.unit_line(person_id)
