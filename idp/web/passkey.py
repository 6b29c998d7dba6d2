"""Passkeys on the way in: alone from the sign-in page, as the second step, and set up where one is demanded.

Only the question (…/options) is JSON; the answer is an ordinary form, with the token, the redirect and the pages of every other.
"""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.results import Refused
from idp.authn.sign_in import SignIn
from idp.web import cookies, messages
from idp.web.edge import actor, browser, live_session, services
from idp.web.forms.signin import KeyForm, NewKeyForm, SignInForm
from idp.web.guards import public
from idp.web.helping import ways
from idp.web.question import question
from idp.web.repeats import once
from idp.web.signin import refused_sign_in
from idp.web.steps import (
    ENROLMENT,
    app_of,
    at_step,
    current_flow,
    enrolled,
    onward,
    paused_request,
    pending_sign_in,
    return_path,
    stage_of,
    step_page,
    with_status,
)

bp = Blueprint("passkey", __name__)


@bp.post("/sign-in/passkey/options")
@public
def alone_options() -> ResponseReturnValue:
    """The question on the sign-in page: the same for everybody, so that it tells nothing about accounts."""
    return question(services().authn.passkeys.ask_anybody(actor(), browser()))


@bp.post("/sign-in/passkey")
@public
def alone() -> ResponseReturnValue:
    """A passkey alone. ``flow``, ``return_to`` and ``again`` as on the sign-in page, from whose address the script takes them."""
    live, flow, again = live_session(), current_flow(), request.args.get("again") == "1"
    paused, confirming = paused_request(flow), live if again else None
    outcome = services().sign_in.passkey(
        actor(),
        credential=request.form.get("credential", ""),
        browser=browser(),
        device=cookies.read(cookies.DEVICE),
        request_ref=flow if paused else None,
        return_to=return_path(),
        purpose="reauthenticate" if confirming else "sign_in",
        session=live,
        shared_computer=request.form.get("shared_computer", "") not in SignInForm.UNTICKED or bool(confirming and confirming.shared),
    )
    if isinstance(outcome, Refused):
        return refused_sign_in(SignInForm(formdata=None), paused, confirming, outcome, messages.passkey_refused())
    return onward(outcome.sign_in, outcome.token, outcome.account)


@bp.post("/sign-in/security-key/options")
@public
def second_options() -> ResponseReturnValue:
    """The question to the keys of the person whose password stands."""
    pending = pending_sign_in()
    if pending is None or stage_of(pending) != "passkey":
        return question(None, 403)
    return question(services().sign_in.ask_key(pending))


@bp.route("/sign-in/security-key", methods=["GET", "POST"])
@public
def second() -> ResponseReturnValue:
    """A passkey or security key as the second step."""
    pending = at_step({"passkey"})
    if isinstance(pending, Response):
        return pending
    form = KeyForm()
    if form.validate_on_submit():
        outcome = services().sign_in.key(actor(), pending, form.credential.data or "")
        if not isinstance(outcome, Refused):
            return once(pending, onward(pending))
        return with_status(_key_page(form, pending, messages.passkey_refused()), outcome)
    return _key_page(form, pending)


def _key_page(form: KeyForm, pending: SignIn, refusal: messages.Notice | None = None) -> Response:
    return step_page("signin/security_key.html", form=form, app=app_of(pending), refusal=refusal, ways=ways(pending, "passkey"))


@bp.post("/sign-in/enrol/passkey/options")
@public
def enrol_options() -> ResponseReturnValue:
    """The question for a new passkey."""
    pending = pending_sign_in()
    if pending is None or stage_of(pending) not in ENROLMENT:
        return question(None, 403)
    return question(services().sign_in.ask_new_key(actor(), pending))


@bp.route("/sign-in/enrol/passkey", methods=["GET", "POST"])
@public
def enrol() -> ResponseReturnValue:
    """Set up a passkey, because policy asks for a factor and there is none that is enough."""
    pending = at_step(ENROLMENT)
    if isinstance(pending, Response):
        return pending
    form, refusal = NewKeyForm(), None
    if form.validate_on_submit():
        outcome = services().sign_in.enrol_key(actor(), pending, form.credential.data or "", form.name.data or "")
        if not isinstance(outcome, Refused):
            return enrolled(pending, outcome.recovery_codes, reason="passkey_added")
        refusal = messages.passkey_refused("new")
    if request.method == "GET":
        form.name.data = gettext("My device")
    only = stage_of(pending) == "enrol_passkey"
    return step_page("signin/enrol_passkey.html", form=form, app=app_of(pending), refusal=refusal, only=only)
