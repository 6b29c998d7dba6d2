"""One deed for several people: first a preview of what would happen to whom, then, with a reason, the deed.

Where there is an opposite the page that follows leads back.
"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from idp.administration.people import MOST_AT_ONCE, OPPOSITE, Planned
from idp.policy.permissions import Permission
from idp.web import messages
from idp.web.admin import names
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.pages import page
from idp.web.admin.people import PEOPLE
from idp.web.edge import actor, services
from idp.web.forms.admin import ReasonForm

bp = Blueprint("admin_bulk", __name__)


@bp.route("/admin/people/bulk/disable", methods=["GET", "POST"])
@admin(Permission.PERSON_DISABLE, fresh=True)
def disable() -> ResponseReturnValue:
    """Disable several accounts."""
    return _bulk("disable")


@bp.route("/admin/people/bulk/enable", methods=["GET", "POST"])
@admin(Permission.PERSON_DISABLE, fresh=True)
def enable() -> ResponseReturnValue:
    """Enable several accounts."""
    return _bulk("enable")


@bp.route("/admin/people/bulk/end-sessions", methods=["GET", "POST"])
@admin(Permission.SESSION_END, fresh=True)
def end_sessions() -> ResponseReturnValue:
    """Sign several people out everywhere."""
    return _bulk("end-sessions")


@bp.route("/admin/people/bulk/invite", methods=["GET", "POST"])
@admin(Permission.PERSON_INVITE, fresh=True)
def invite() -> ResponseReturnValue:
    """Send several activation links again."""
    return _bulk("invite")


def _bulk(deed: str) -> ResponseReturnValue:
    room, who, form = services().administration.people, officer(), form_of(ReasonForm)
    ids = [one[:26] for one in (request.form if request.method == "POST" else request.args).getlist("id")][:MOST_AT_ONCE]
    if form.validate_on_submit() and ids:
        done = room.do_all(actor(), who, deed, ids, form.reason.data or "")
        return page("admin/bulk_done.html", PEOPLE, title=names.deed_name(deed), rows=_rows(done), opposite=_undo(deed, done))
    planned = room.plan(who, deed, ids)
    return page(
        "admin/bulk.html", PEOPLE, title=names.deed_name(deed), deed=deed, rows=_rows(planned), form=form,
        possible=sum(one.problem is None for one in planned), most=MOST_AT_ONCE,
    )  # fmt: skip


def _rows(planned: list[Planned]) -> list[tuple[Planned, str | None]]:
    return [(one, messages.sentence(one.problem) if one.problem else None) for one in planned]


def _undo(deed: str, done: list[Planned]) -> tuple[str, str, list[str]] | None:
    ids = [one.row.id for one in done if one.problem is None]
    back = OPPOSITE.get(deed)
    return (back, names.deed_name(back), ids) if back and ids else None


