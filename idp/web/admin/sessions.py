"""Who of the officer's part is signed in, to look at; ending is done on the person's page."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from idp.policy.permissions import Permission
from idp.web.account.names import browser_name, place_name
from idp.web.admin.guard import admin, officer
from idp.web.admin.pages import page
from idp.web.edge import services
from idp.web.guards import read_only

bp = Blueprint("admin_sessions", __name__)

SESSIONS = "/admin/sessions"
_PAGE = 50


@bp.get(SESSIONS)
@read_only
@admin(Permission.SESSION_READ)
def sessions() -> ResponseReturnValue:
    """Sessions, newest first."""
    rows = services().administration.people.sessions(officer(), request.args.get("after", "")[:26] or None, limit=_PAGE)
    shown = [(row, name, browser_name(row.agent), place_name(row.ip)) for row, name in rows[:_PAGE]]
    next_page = f"{SESSIONS}?after={rows[_PAGE - 1][0].id}" if len(rows) > _PAGE else None
    return page("admin/sessions.html", SESSIONS, rows=shown, next_page=next_page, begun="after" in request.args)
