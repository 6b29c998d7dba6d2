"""Second factors and recovery codes; changing them needs a fresh full authentication (ASVS 7.5.1, attack M6)."""

from collections.abc import Sequence

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.results import Refused
from idp.kernel.errors import NotFound
from idp.kernel.urls import local_path
from idp.web import messages
from idp.web.edge import actor, services
from idp.web.forms import ActionForm
from idp.web.forms.signin import EnrolForm
from idp.web.guards import fresh, signed_in
from idp.web.viewer import page, person, say, viewer

bp = Blueprint("account_factors", __name__)

_FACTORS = "/account/factors"
_CODES = "/account/recovery-codes"


@bp.get(_FACTORS)
@signed_in
def factors() -> ResponseReturnValue:
    """The devices that prove the second step."""
    mine, all_of_them = viewer().person_id, services().factors
    return page(
        "account/factors.html", _FACTORS, factors=all_of_them.list(mine), passkeys=all_of_them.passkeys(mine),
        form=ActionForm(), codes_left=all_of_them.recovery_codes_left(mine),
        remembered=services().authn.remembered.list(mine), cooling=services().authn.agency_codes.cooling_until(mine),
    )  # fmt: skip


@bp.post("/account/remembered/<device_id>/forget")
@signed_in
def forget(device_id: str) -> ResponseReturnValue:
    """Ask this device for the second factor again."""
    if not services().authn.remembered.forget(actor(), viewer().person_id, "forgotten_by_person", device_id=device_id):
        raise NotFound("factor.unknown", "there is no such remembered device")
    say("device_forgotten")
    return redirect(_FACTORS, 303)


@bp.route("/account/factors/add", methods=["GET", "POST"])
@fresh
def add() -> ResponseReturnValue:
    """Add an authenticator app: QR code, key, first code."""
    form = EnrolForm()
    refusal = None
    if form.validate_on_submit():
        outcome = services().factors.confirm(actor(), person(), form.code.data or "", form.name.data or "")
        if not isinstance(outcome, Refused):
            # Whoever came in without this device is out (attack M6).
            services().leave.end_all(actor(), viewer().person_id, "factor_added", keep=viewer().id, offline_too=False)
            return added(outcome.recovery_codes, "factor_added")
        form.code.data = None
        refusal = messages.code_refused(outcome.reason, outcome.wait_seconds, outcome.drift_minutes)
    elif not form.is_submitted():
        form.name.data = gettext("My phone")
    enrolment = services().factors.begin(actor(), person())
    values = {"form": form, "refusal": refusal, "enrolment": enrolment, "account": viewer().username, "then": where_to()}
    return page("account/factor_add.html", _FACTORS, **values)


@bp.post("/account/factors/<factor_id>/remove")
@fresh
def remove(factor_id: str) -> ResponseReturnValue:
    """Take a device away."""
    services().factors.remove(actor(), person(), factor_id)
    if (then := local_path(request.form.get("then"), _FACTORS)) != _FACTORS:
        return redirect(then, 303)
    say("factor_removed")
    return redirect(_FACTORS, 303)


@bp.get(_CODES)
@fresh
def codes() -> ResponseReturnValue:
    """How many recovery codes are left, and a button for new ones; the codes themselves are never shown again."""
    return page("account/recovery_codes.html", _CODES, codes_left=services().factors.recovery_codes_left(viewer().person_id))


@bp.post(_CODES)
@fresh
def new_codes() -> ResponseReturnValue:
    """A new set of recovery codes, shown in this answer only."""
    return _show_codes(services().factors.regenerate_recovery_codes(actor(), person()))


def added(codes: Sequence[str], saying: str) -> ResponseReturnValue:
    """A factor of either kind was added: past the recovery codes it made, on to where the person was going."""
    if codes:
        return _show_codes(codes)
    if (then := where_to()) == _FACTORS:
        say(saying)
    return redirect(then, 303)


def _show_codes(made: Sequence[str]) -> ResponseReturnValue:
    return page("account/recovery_codes.html", _CODES, codes=made, keep_page=True, then=where_to())


def where_to() -> str:
    """Where the person was going when they came to add something."""
    return local_path(request.args.get("then"), _FACTORS)
