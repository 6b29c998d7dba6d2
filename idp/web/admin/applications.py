"""Applications of the officer's part, to look at."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from idp.administration.errors import OutOfScope, unknown
from idp.clients.snapshot import ClientSnapshot
from idp.policy.permissions import Officer, Permission, Place
from idp.web.admin.guard import admin, officer
from idp.web.admin.pages import page
from idp.web.edge import services
from idp.web.guards import read_only

bp = Blueprint("admin_applications", __name__)

APPLICATIONS = "/admin/applications"


@bp.get(APPLICATIONS)
@read_only
@admin(Permission.CLIENT_READ)
def applications() -> ResponseReturnValue:
    """Every application of the governments the officer looks after."""
    who = officer()
    found = [client for client in services().registry.list() if _may(who, client)]
    governments = {one.code: one.name for one in services().organisations.governments()}
    return page("admin/applications.html", APPLICATIONS, clients=found, governments=governments)


@bp.get("/admin/applications/<client_id>")
@read_only
@admin(Permission.CLIENT_READ)
def application(client_id: str) -> ResponseReturnValue:
    """One registration."""
    found = services().registry.find(client_id[:128])
    if found is None:
        raise unknown()
    if not _may(officer(), found):
        raise OutOfScope(("client", found.client_id), found.government_code, Permission.CLIENT_READ)
    government = services().organisations.government(found.government_code) if found.government_code else None
    return page("admin/application.html", APPLICATIONS, client=found, government=government)


def _may(who: Officer, client: ClientSnapshot) -> bool:
    return who.may(Permission.CLIENT_READ, Place(client.government_code))
