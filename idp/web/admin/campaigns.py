"""Campaigns: planned, looked at before, started, followed, paused; their lists to take away."""

import csv
import io
from typing import Any

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from idp.administration.errors import OutOfScope, RightMissing, unknown
from idp.enforcement.campaigns.lists import COLUMNS, line
from idp.enforcement.campaigns.models import Campaign
from idp.enforcement.campaigns.service import WAVES, NewCampaign
from idp.enforcement.cohorts.forecast import OUTCOMES
from idp.kernel.errors import Conflict, Invalid, NotFound
from idp.policy.permissions import Permission
from idp.web import messages
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.pages import page, say
from idp.web.admin.rule_form import in_words, place, prepared, typed_rule
from idp.web.edge import actor, services
from idp.web.forms import ActionForm
from idp.web.forms.rules import CampaignForm
from idp.web.guards import read_only

bp = Blueprint("admin_campaigns", __name__)

CAMPAIGNS = "/admin/campaigns"
_READ, _WRITE = Permission.POLICY_READ, Permission.POLICY_WRITE
STATES: dict[str, Any] = {"draft": _l("draft"), "running": _l("running"), "paused": _l("paused"), "ended": _l("ended")}
REASONS: dict[str, Any] = {
    "disabled": _l("account disabled"), "not_activated": _l("never signed in"), "lost_factor": _l("phone lost"),
}  # fmt: skip
_VERBS: dict[str, Any] = {
    "start": _l("The rule is made now and letters begin on their days."),
    "pause": _l("No letters for now. A rule that does not bind yet is held; one that binds already stays."),
    "resume": _l("Letters go on, and the rule where it was held."),
    "end": _l("No more letters for good. The rule goes on; end it on the page of rules."),
}
_AFTER = {"start": ("draft",), "pause": ("running",), "resume": ("paused",), "end": ("draft", "running", "paused")}


@bp.get(CAMPAIGNS)
@read_only
@admin(_READ)
def campaigns() -> ResponseReturnValue:
    """Every campaign of the officer's part, newest first."""
    rows = [(one, *in_words(services().campaigns.rule(one))) for one in services().campaigns.list() if _may(one, _READ)]
    return page("admin/campaigns.html", CAMPAIGNS, rows=rows, states=STATES, may_write=bool(officer().reach(_WRITE)))


@bp.route(f"{CAMPAIGNS}/add", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def add() -> ResponseReturnValue:
    """A draft: nothing happens yet, and its page is the dry run."""
    form, refusal = prepared(form_of(CampaignForm, data={"waves": " ".join(map(str, WAVES)), "per_hour": 2000}), officer()), None
    if form.validate_on_submit():
        try:
            new = NewCampaign(form.name.data or "", typed_rule(form, officer()), _waves(form.waves.data or ""), form.per_hour.data or 2000)
            return redirect(f"{CAMPAIGNS}/{services().campaigns.plan(actor(), new).id}", 303)
        except (Invalid, NotFound) as error:
            if isinstance(error, OutOfScope):
                raise
            refusal = messages.Notice(messages.sentence(error))
    return page("admin/campaign_add.html", CAMPAIGNS, form=form, refusal=refusal)


@bp.get(f"{CAMPAIGNS}/<campaign_id>")
@read_only
@admin(_READ)
def campaign(campaign_id: str) -> ResponseReturnValue:
    """Of a draft the dry run; of one that runs its coverage at this moment, and its letters."""
    found = services().campaigns.report(_mine(campaign_id, _READ).id)
    who, what = in_words(services().campaigns.rule(found.campaign))
    verbs = [verb for verb, states in _AFTER.items() if found.campaign.state in states] if _may(found.campaign, _WRITE) else []
    return page(
        "admin/campaign.html", CAMPAIGNS, report=found, one=found.campaign, who=who, what=what, states=STATES, reasons=REASONS,
        verbs=verbs, outcomes=OUTCOMES, most_units=50,
    )  # fmt: skip


@bp.route(f"{CAMPAIGNS}/<campaign_id>/<verb>", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def act(campaign_id: str, verb: str) -> ResponseReturnValue:
    """Start, pause, resume, end: says what will happen first."""
    if verb not in _VERBS:
        raise unknown()
    found, form, refusal = _mine(campaign_id, _WRITE), ActionForm(), None
    if form.validate_on_submit():
        try:
            getattr(services().campaigns, verb)(actor(), found.id)
            say(gettext("Done."))
            return redirect(f"{CAMPAIGNS}/{found.id}", 303)
        except Conflict as error:
            refusal = messages.Notice(messages.sentence(error))
    return page("admin/campaign_act.html", CAMPAIGNS, form=form, refusal=refusal, one=found, verb=verb, happens=_VERBS[verb])


@bp.get(f"{CAMPAIGNS}/<campaign_id>/people.csv")
@admin(_READ, fresh=True)
def people(campaign_id: str) -> ResponseReturnValue:
    """The list of people and what will happen to each; taking it away is recorded."""
    found, asked = _mine(campaign_id, _READ), request.args.get("outcome", "")
    outcome = asked if asked in OUTCOMES else None
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    count = 0
    for count, person in enumerate(services().dry_run.people(services().campaigns.rule(found), outcome=outcome), 1):  # noqa: B007
        rows.writerow(line(person))
    services().campaigns.note_export(actor(), found, outcome, count)
    name = f"{found.id}-{outcome or 'all'}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response("\ufeff" + written.getvalue(), mimetype="text/csv", headers=headers)


def _mine(campaign_id: str, permission: Permission) -> Campaign:
    try:
        found = services().campaigns.get(campaign_id[:26])
    except NotFound:
        raise unknown() from None
    if not _may(found, _READ):
        raise OutOfScope(("campaign", found.id), found.scope, permission)
    if not _may(found, permission):
        raise RightMissing(permission, subject=("campaign", found.id))
    return found


def _may(found: Campaign, permission: Permission) -> bool:
    mine = officer().may(permission, place(services().campaigns.rule(found)))
    return mine and (permission is _READ or found.scope is not None or officer().reach(_WRITE).everywhere)


def _waves(text: str) -> tuple[int, ...]:
    parts = text.replace(",", " ").split()
    if not all(part.isascii() and part.isdecimal() and len(part) < 4 for part in parts):
        raise Invalid("campaign.waves", "numbers of days", field="waves")
    return tuple(map(int, parts))
