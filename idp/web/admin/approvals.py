"""What waits for a second person: confirm or decline what somebody else asked for; carry out what was confirmed."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from idp.kernel.errors import Conflict
from idp.policy.permissions import Permission
from idp.web import messages
from idp.web.admin import names
from idp.web.admin.deeds import shown_help
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.pages import page, say
from idp.web.edge import actor, services
from idp.web.forms import ActionForm
from idp.web.guards import read_only

bp = Blueprint("admin_approvals", __name__)

APPROVALS = "/admin/approvals"
_TITLES = {
    "confirm": _l("Confirm this help"), "decline": _l("Decline this help"), "withdraw": _l("Take the request back"),
    "carry-out": _l("Carry it out"),
}  # fmt: skip


@bp.get(APPROVALS)
@read_only
@admin(Permission.FACTOR_RESET)
def approvals() -> ResponseReturnValue:
    """Requests about people in the officer's part."""
    me = officer().id
    rows = [
        (row, names.deed_name(row.deed), person, asker, row.asked_by == me, person.id == me)
        for row, person, asker in services().administration.help.waiting(officer())
    ]
    return page("admin/approvals.html", APPROVALS, rows=rows)


@bp.route("/admin/approvals/<approval_id>/confirm", methods=["GET", "POST"])
@admin(Permission.FACTOR_RESET, fresh=True)
def confirm(approval_id: str) -> ResponseReturnValue:
    """The second person agrees."""
    return _step(approval_id, "confirm")


@bp.route("/admin/approvals/<approval_id>/decline", methods=["GET", "POST"])
@admin(Permission.FACTOR_RESET, fresh=True)
def decline(approval_id: str) -> ResponseReturnValue:
    """The second person does not."""
    return _step(approval_id, "decline")


@bp.route("/admin/approvals/<approval_id>/withdraw", methods=["GET", "POST"])
@admin(Permission.FACTOR_RESET, fresh=True)
def withdraw(approval_id: str) -> ResponseReturnValue:
    """Who asked takes it back."""
    return _step(approval_id, "withdraw")


@bp.route("/admin/approvals/<approval_id>/carry-out", methods=["GET", "POST"])
@admin(Permission.FACTOR_RESET, fresh=True)
def carry_out(approval_id: str) -> ResponseReturnValue:
    """Who asked does what was confirmed, once."""
    return _step(approval_id, "carry-out")


def _step(approval_id: str, step: str) -> ResponseReturnValue:
    room, who, form = services().administration.help, officer(), form_of(ActionForm)
    row, person = room.request(who, approval_id[:26])
    refusal = None
    if form.validate_on_submit():
        try:
            if step == "carry-out":
                return shown_help(row.deed, person, room.carry_out(actor(), who, row.id))
            if step == "withdraw":
                room.withdraw(actor(), who, row.id)
                say(gettext("The request has been taken back."))
            else:
                room.decide(actor(), who, row.id, yes=step == "confirm")
                yes = step == "confirm"
                say(gettext("You have confirmed it. Who asked can carry it out now.") if yes else gettext("You have declined it."))
            return redirect(APPROVALS, 303)
        except Conflict as error:
            refusal = messages.Notice(messages.sentence(error))
    asker = services().people.get(row.asked_by)
    return page(
        "admin/approval.html", APPROVALS, row=row, person=person, deed=names.deed_name(row.deed), form=form, refusal=refusal,
        title=str(_TITLES[step]), asker=asker.full_name if asker else row.asked_by, danger=step in ("confirm", "carry-out"),
    )  # fmt: skip
