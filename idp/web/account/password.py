"""Changing the password."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from idp.authn.results import Refused
from idp.kernel.errors import Invalid
from idp.web import cookies, messages
from idp.web.edge import actor, services
from idp.web.forms.account import ChangePasswordForm
from idp.web.guards import signed_in
from idp.web.viewer import page, person, say, viewer

bp = Blueprint("account_password", __name__)

_HERE = "/account/password"


@bp.route(_HERE, methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    """A new password, with the present one as proof; every other session ends (ASVS 6.2.2, 7.4.3)."""
    live = viewer()
    form = ChangePasswordForm()
    refusal = None
    if form.validate_on_submit():
        try:
            old, new = form.current_password.data or "", form.new_password.data or ""
            outcome = services().passwords.change(actor(), person(), old, new, device=cookies.read(cookies.DEVICE))
        except Invalid as error:
            form.refuse("new_password", messages.sentence(error))
        else:
            if not isinstance(outcome, Refused):
                services().leave.end_all(actor(), live.person_id, "password_changed", keep=live.id)
                say("password_changed")
                return redirect("/account", 303)
            if outcome.reason == "wrong":
                form.refuse("current_password", messages.of_code("password.wrong"))
            else:
                refusal = messages.password_refused(outcome.reason, outcome.wait_seconds)
    minimum = services().passwords.minimum_length(live.person_id)
    return page("account/password.html", _HERE, form=form, refusal=refusal, minimum=minimum)
