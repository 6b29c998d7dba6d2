"""Which application received what, and taking it back (UU 27/2022)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from idp.interaction.consent import SharedData
from idp.interaction.untold import Untold, untold
from idp.kernel.errors import NotAllowed, NotFound
from idp.portal.catalogue import home_of
from idp.tokens.ledger import Received
from idp.web.account.names import client_name, shown_data
from idp.web.details import titles_of
from idp.web.edge import actor, deps, services
from idp.web.guards import signed_in
from idp.web.viewer import page, say, viewer

bp = Blueprint("account_applications", __name__)

_HERE = "/account/applications"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One application as the page shows it. needed: it is the government's own; allowed: what the person agreed to beyond data."""

    client_id: str
    name: str
    data: list[str]
    granted_at: datetime
    withdrawn_at: datetime | None
    last_at: datetime | None
    times: int
    needed: bool
    untold: Untold | None = None
    start: str | None = None
    allowed: tuple[str, ...] = ()


@bp.get(_HERE)
@signed_in
def applications() -> ResponseReturnValue:
    """Every application that received data of the account."""
    shared = _receivers(viewer().person_id)
    return page("account/applications.html", _HERE, shared=shared)


@bp.post("/account/applications/withdraw")
@signed_in
def withdraw() -> ResponseReturnValue:
    """Stop an application's access: its grants die, and the next sign-in to it shows again what it would receive."""
    live = viewer()
    client_id = request.form.get("client_id", "")[:128]
    client = services().registry.find(client_id)
    if client is not None and client.first_party and not _agreed_to_more(live.person_id, client_id):
        raise NotAllowed("consent.needed", "the application is the government's own")
    if not services().consents.withdraw(actor(), live.person_id, client_id, government=live.government_code):
        raise NotFound("consent.unknown", "nothing is shared with this application")
    services().grants.revoke_person(actor(), live.person_id, "withdrawn", client_id=client_id)
    say("withdrawn")
    return redirect(_HERE, 303)


def _receivers(person_id: str) -> list[Receiver]:
    """From what was agreed to and from what was given: an application of the government's own asks for no agreement."""
    agreed = {row.client_id: row for row in services().consents.of(person_id)}
    given = {one.client_id: one for one in services().grants.received(person_id)}
    missed = untold(services().audit, person_id, deps().clock.now())
    words = titles_of(detail for one in given.values() for detail in one.authorization_details)
    found = [
        _receiver(client_id, agreed.get(client_id), given.get(client_id), missed.get(client_id), words) for client_id in agreed | given
    ]
    return sorted(found, key=lambda one: one.last_at or one.granted_at, reverse=True)


def _agreed_to_more(person_id: str, client_id: str) -> bool:
    """True when the person allowed something themselves (RFC 9396), which is theirs to take back whoever the application belongs to."""
    return any(one.authorization_details for one in services().grants.received(person_id) if one.client_id == client_id)


def _receiver(
    client_id: str, agreed: SharedData | None, given: Received | None, missed: Untold | None, words: Mapping[str, str]
) -> Receiver:
    client = services().registry.find(client_id)
    scopes = set(agreed.scopes if agreed else ()) | (given.scopes if given else frozenset())
    claims = set(agreed.claims if agreed else ()) | (given.claims if given else frozenset())
    allowed = tuple(dict.fromkeys(words.get(one["type"], one["type"]) for one in (given.authorization_details if given else ())))
    starts = [at for at in (agreed.granted_at if agreed else None, given.first_at if given else None) if at is not None]
    return Receiver(
        client_id, client_name(client_id), shown_data(scopes, claims), min(starts), agreed.withdrawn_at if agreed else None,
        given.last_at if given else None, given.times if given else 0, client is not None and client.first_party and not allowed,
        missed, home_of(client) if client and missed else None, allowed,
    )  # fmt: skip
