"""Steps that some have to take on the way in: set up a second factor, choose a password of one's own."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.results import Refused
from idp.kernel.errors import Invalid
from idp.web import messages
from idp.web.edge import actor, services
from idp.web.forms.signin import EnrolForm, NewPasswordForm
from idp.web.guards import public
from idp.web.repeats import once
from idp.web.steps import app_of, at_step, enrolled, expired, onward, pending_sign_in, step_page
from idp.web.viewer import person_of

bp = Blueprint("enrol", __name__)


@bp.route("/sign-in/enrol", methods=["GET", "POST"])
@public
def enrol() -> ResponseReturnValue:
    """Set up an authenticator app, because policy asks for a second factor and there is none yet."""
    pending = at_step({"enrol"})  # where nothing weaker than a passkey is enough, its page is due
    if isinstance(pending, Response):
        return pending
    form = EnrolForm()
    refusal = None
    if form.validate_on_submit():
        outcome = services().sign_in.confirm_enrolment(actor(), pending, form.code.data or "", form.name.data or "")
        if not isinstance(outcome, Refused):
            return enrolled(pending, outcome.recovery_codes)
        form.code.data = None
        refusal = messages.code_refused(outcome.reason, outcome.wait_seconds, outcome.drift_minutes)
    if request.method == "GET":
        form.name.data = gettext("My phone")
    enrolment = services().sign_in.begin_enrolment(actor(), pending)
    account = person_of(pending.person_id).username
    return step_page("signin/enrol.html", form=form, enrolment=enrolment, account=account, app=app_of(pending), refusal=refusal)


@bp.route("/sign-in/recovery-codes", methods=["GET", "POST"])
@public
def recovery_codes() -> ResponseReturnValue:
    """The codes are saved: go on. (They are shown once, in the answer that made them.)"""
    pending = pending_sign_in()
    return onward(pending) if pending else expired()


@bp.route("/sign-in/password", methods=["GET", "POST"])
@public
def new_password() -> ResponseReturnValue:
    """A password of one's own, where another person set the present one or it has expired."""
    pending = at_step({"change_password"})
    if isinstance(pending, Response):
        return pending
    person = person_of(pending.person_id)
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            services().sign_in.change_password(actor(), pending, form.new_password.data or "")
        except Invalid as error:
            form.refuse("new_password", messages.sentence(error))
        else:
            keep = pending.session_id
            services().leave.end_all(actor(), pending.person_id, "password_changed", keep=keep)
            return once(pending, onward(pending))
    minimum = services().passwords.minimum_length(pending.person_id)
    return step_page("signin/password.html", form=form, username=person.username, minimum=minimum)
