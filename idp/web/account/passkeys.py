"""Passkeys of a signed-in person; changing them needs a fresh full authentication (ASVS 7.5.1, attack M6)."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.results import Refused
from idp.kernel.errors import Invalid
from idp.web import messages
from idp.web.account.factors import added, where_to
from idp.web.edge import actor, services
from idp.web.forms.signin import NewKeyForm
from idp.web.guards import fresh
from idp.web.question import question
from idp.web.viewer import page, person, say, viewer

bp = Blueprint("account_passkeys", __name__)

_FACTORS = "/account/factors"


@bp.post("/account/passkeys/add/options")
@fresh
def add_options() -> ResponseReturnValue:
    """The question for a new passkey."""
    return question(services().authn.passkeys.ask_new(person(), f"session:{viewer().id}"))


@bp.route("/account/passkeys/add", methods=["GET", "POST"])
@fresh
def add() -> ResponseReturnValue:
    """Add a passkey or a security key."""
    form, refusal = NewKeyForm(), None
    if form.validate_on_submit():
        outcome = services().factors.add_passkey(actor(), person(), form.credential.data or "", form.name.data or "")
        if not isinstance(outcome, Refused):
            # Whoever came in without it is out (attack M6).
            services().leave.end_all(actor(), viewer().person_id, "passkey_added", keep=viewer().id, offline_too=False)
            return added(outcome.recovery_codes, "passkey_added")
        refusal = messages.passkey_refused("new")
    elif not form.is_submitted():
        form.name.data = gettext("My device")
    return page("account/passkey_add.html", _FACTORS, form=form, refusal=refusal, then=where_to())


@bp.post("/account/passkeys/<passkey_id>/name")
@fresh
def rename(passkey_id: str) -> ResponseReturnValue:
    """Call a passkey something else."""
    form = NewKeyForm()
    if not form.validate():
        raise Invalid("passkey.name", "name: 1 to 60 characters", field="name")
    services().authn.passkeys.rename(actor(), person(), passkey_id, form.name.data or "")
    say("passkey_renamed")
    return redirect(_FACTORS, 303)


@bp.post("/account/passkeys/<passkey_id>/remove")
@fresh
def remove(passkey_id: str) -> ResponseReturnValue:
    """Take a passkey away."""
    services().factors.remove(actor(), person(), passkey_id)
    say("factor_removed")
    return redirect(_FACTORS, 303)
