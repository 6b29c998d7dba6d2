"""The one gate: may this person still use this client? Asked on every path that issues or tells something.

It also asks whether what the person proved still is enough: a rule that comes into force stops what is weaker at its next use.
authorize asks in the dance; code, refresh, userinfo and introspection ask here, with the live state read there.
"""

from collections.abc import Iterable

from idp.clients.snapshot import ClientSnapshot
from idp.policy.access import ClientFacts, Denied, PersonFacts, may_use
from idp.protocol.conf import Desk
from idp.tokens.view import GrantView

ASSURANCE = "assurance"  # why the gate is closed to what was proved too weakly for what is demanded by now


def still_registered(client: ClientSnapshot, scopes: Iterable[str]) -> tuple[str, ...]:
    """Of granted scopes those that the client is registered for now: a narrower registration counts at once.

    `offline_access` stays: it says how long the grant lives, not what it tells.
    """
    return tuple(scope for scope in scopes if scope in client.scopes or scope == "offline_access")


def closed(desk: Desk, client: ClientSnapshot, grant: GrantView) -> str | None:
    """Why nothing may be issued or told by this grant now, or None (security.md, build rule 1)."""
    trouble = grant.trouble(desk.clock.now())
    if trouble:
        return trouble
    person = PersonFacts(grant.person_status or "", grant.person_activity or "", grant.person_government)
    # Only a restricted client costs a further read.
    assigned = client.access != "everyone" and desk.registry.is_assigned(
        client.client_id,
        grant.person_id,
        grant.person_government,
        desk.directory.unit_line(post.unit_id for post in desk.directory.posts(grant.person_id)),
    )
    facts = ClientFacts(client.status, client.access, client.government_code)
    verdict = may_use(person, facts, assigned=assigned)
    if isinstance(verdict, Denied):
        return verdict.reason
    return ASSURANCE if desk.outgrown(grant, client) else None
