"""Steps that some have to take on the way in: set up a second factor, choose a password of one's own."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.results import Refused
from idp.kernel.errors import Invalid
from idp.web import messages
from idp.web.edge import actor, live_session, services
from idp.web.forms import ActionForm
from idp.web.forms.signin import EnrolForm, NewPasswordForm
from idp.web.guards import public
from idp.web.steps import app_of, expired, onward, pending_sign_in, stage_of, step_page
from idp.web.viewer import person_of

bp = Blueprint("enrol", __name__)


@bp.route("/sign-in/enrol", methods=["GET", "POST"])
@public
def enrol() -> ResponseReturnValue:
    """Set up an authenticator app, because policy asks for a second factor and there is none yet."""
    pending = pending_sign_in()
    if pending is None:
        return expired()
    if stage_of(pending) != "enrol":  # where nothing weaker than a passkey is enough, its page is due
        return onward(pending)
    form = EnrolForm()
    refusal = None
    if form.validate_on_submit():
        outcome = services().sign_in.confirm_enrolment(actor(), pending, form.code.data or "", form.name.data or "")
        if not isinstance(outcome, Refused):
            # Whoever came in with the password alone is out (attack M6); the session of this browser is the one being strengthened.
            live = live_session()
            keep = live.id if live is not None and live.person_id == pending.person_id else None
            services().leave.end_all(actor(), pending.person_id, "factor_added", keep=keep, offline_too=False)
            if not outcome.recovery_codes:
                return onward(pending)  # the set there was stays
            # Shown in this answer and never again: nothing keeps the codes in the clear (attack M7).
            return step_page(
                "signin/recovery_codes.html",
                codes=outcome.recovery_codes,
                form=ActionForm(),
                keep_page=True,
            )
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
    pending = pending_sign_in()
    if pending is None:
        return expired()
    if stage_of(pending) != "change_password":
        return onward(pending)
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
            return onward(pending)
    minimum = services().passwords.minimum_length(pending.person_id)
    return step_page("signin/password.html", form=form, username=person.username, minimum=minimum)
