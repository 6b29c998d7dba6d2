"""The phone is lost: a recovery code, a printed code of the agency, or whom to ask. The password is never skipped, nothing is quizzed."""

from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn import totp
from idp.authn.recovery_codes import FEW_CODES
from idp.authn.results import Refused
from idp.authn.sign_in import SignIn
from idp.kernel.urls import local_path
from idp.web import messages
from idp.web.edge import actor, deps, services
from idp.web.forms.signin import AgencyCodeForm, RecoveryCodeForm
from idp.web.guards import public, signed_in
from idp.web.helping import ways
from idp.web.repeats import once
from idp.web.steps import SECOND_STEP, app_of, at_step, current_flow, onward, pending_sign_in, stage_of, step_page, with_status
from idp.web.viewer import person_of, viewer

bp = Blueprint("lost_phone", __name__)


@bp.get("/sign-in/lost-phone")
@public
def lost_phone() -> ResponseReturnValue:
    """What to do now; before the password it says the same to everybody, after it whom this person asks."""
    pending = pending_sign_in()
    if pending is not None and stage_of(pending) not in SECOND_STEP:
        return onward(pending)
    government = person_of(pending.person_id).government_code if pending else None
    left = services().factors.recovery_codes_left(pending.person_id) if pending else None
    return render_template(
        "signin/lost_phone.html", contact=help_contact(government), codes_left=left, proved=pending is not None,
        app=app_of(pending) if pending else None, flow=current_flow(), hours=deps().settings.agency_code_hours,
    )  # fmt: skip


@bp.route("/sign-in/recovery-code", methods=["GET", "POST"])
@public
def recovery_code() -> ResponseReturnValue:
    """A recovery code, in place of the phone. Who says that it is lost (``lost``) is led to a new one afterwards."""
    pending = at_step(SECOND_STEP, by_code=True)
    if isinstance(pending, Response):
        return pending
    form, page, lost = RecoveryCodeForm(), "signin/recovery_code.html", request.args.get("lost") == "1"
    if form.validate_on_submit():
        outcome = services().sign_in.recovery_code(actor(), pending, form.code.data or "")
        if not isinstance(outcome, Refused):
            few = outcome.left is not None and outcome.left <= FEW_CODES
            return once(pending, onward(pending, after="/account/recovered" if lost or few else None))
        form.code.data = None
        refusal = messages.recovery_refused(outcome.reason, outcome.wait_seconds)
        shown = step_page(page, form=form, app=app_of(pending), refusal=refusal, ways=ways(pending, "recovery-code"))
        return with_status(shown, outcome)
    return step_page(page, form=form, app=app_of(pending), ways=ways(pending, "recovery-code"))


@bp.route("/sign-in/agency-code", methods=["GET", "POST"])
@public
def agency_code() -> ResponseReturnValue:
    """The printed single-use code of the agency; a new factor is set up right after it."""
    pending = at_step(SECOND_STEP)
    if isinstance(pending, Response):
        return pending
    form = AgencyCodeForm()
    if form.validate_on_submit():
        outcome = services().sign_in.agency_code(actor(), pending, form.code.data or "")
        if not isinstance(outcome, Refused):
            return once(pending, onward(pending))
        form.code.data = None
        refusal = messages.agency_code_refused(outcome.reason, outcome.wait_seconds)
        return with_status(_agency_code_page(form, pending, refusal), outcome)
    return _agency_code_page(form, pending)


def _agency_code_page(form: AgencyCodeForm, pending: SignIn, refusal: messages.Notice | None = None) -> Response:
    hours, others = deps().settings.cooling_hours, ways(pending, "agency-code")
    return step_page("signin/agency_code.html", form=form, app=app_of(pending), refusal=refusal, ways=others, hours=hours)


@bp.get("/account/recovered")
@signed_in
def recovered() -> ResponseReturnValue:
    """Signed in with a recovery code: what to do about the lost phone, and on to where the person was going."""
    mine, then = services().factors, local_path(request.args.get("then"))
    return render_template(
        "signin/recovered.html", viewer=viewer(), factors=[*mine.list(viewer().person_id), *mine.passkeys(viewer().person_id)],
        codes_left=mine.recovery_codes_left(viewer().person_id), then=then, here="/account/recovered?" + urlencode({"then": then}),
    )  # fmt: skip


@bp.post("/recovery-codes/file")
@public
def codes_file() -> ResponseReturnValue:
    """The codes that a page shows, sent back as a text file: nothing keeps them, so the page itself hands them over."""
    codes = [code for code in request.form.getlist("code")[: totp.RECOVERY_CODES] if totp.clean_recovery_code(code) and code.isprintable()]
    lines = [gettext("Recovery codes. Each works once."), "", *codes, ""]
    answer = Response("\r\n".join(lines), mimetype="text/plain")
    answer.headers["Content-Disposition"] = f"attachment; filename={gettext('recovery-codes')}.txt"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def help_contact(government: str | None) -> str:
    """Whom somebody of this government asks: its own setting, else that of the installation; empty where neither is set."""
    settings = deps().settings
    return settings.help_contacts.get(government or "", settings.help_contact)
