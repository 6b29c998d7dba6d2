"""The first page of the area: figures of the officer's part, counted now."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from idp.web.admin.guard import admin, officer
from idp.web.admin.names import named
from idp.web.admin.pages import page
from idp.web.edge import services
from idp.web.guards import read_only

bp = Blueprint("admin_dashboard", __name__)


@bp.get("/admin")
@read_only
@admin()
def dashboard() -> ResponseReturnValue:
    """Figures, and the roles that show them."""
    who = officer()
    return page("admin/dashboard.html", "/admin", people=services().administration.figures.people(who), roles=named(who.administrative))
