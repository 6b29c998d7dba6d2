"""Which application received what, and taking it back (UU 27/2022)."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from idp.interaction.consent import SharedData
from idp.kernel.errors import NotFound
from idp.web import language
from idp.web.account.names import shown_data
from idp.web.edge import actor, services
from idp.web.guards import signed_in
from idp.web.viewer import page, say, viewer

bp = Blueprint("account_applications", __name__)

_HERE = "/account/applications"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One application as the page shows it."""

    client_id: str
    name: str
    data: list[str]
    granted_at: datetime
    withdrawn_at: datetime | None


@bp.get(_HERE)
@signed_in
def applications() -> ResponseReturnValue:
    """Every application that received data of the account."""
    shared = [_receiver(row) for row in services().consents.of(viewer().person_id)]
    return page("account/applications.html", _HERE, shared=shared)


@bp.post("/account/applications/withdraw")
@signed_in
def withdraw() -> ResponseReturnValue:
    """Stop an application's access: its grants die, and the next sign-in to it shows again what it would receive."""
    live = viewer()
    client_id = request.form.get("client_id", "")[:128]
    if not services().consents.withdraw(actor(), live.person_id, client_id, government=live.government_code):
        raise NotFound("consent.unknown", "nothing is shared with this application")
    services().grants.revoke_person(actor(), live.person_id, "withdrawn", client_id=client_id)
    say("withdrawn")
    return redirect(_HERE, 303)


def _receiver(row: SharedData) -> Receiver:
    client = services().registry.find(row.client_id)
    name = client.label(language.current()) if client else row.client_id
    return Receiver(row.client_id, name, shown_data(row.scopes, row.claims), row.granted_at, row.withdrawn_at)
