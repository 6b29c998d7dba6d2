"""``idp policy campaign``: bringing a cohort to a second factor by a date: planned, tried out, started, followed."""

import csv
import sys
from datetime import UTC, datetime
from typing import Any

import click

from idp.cli.base import emit, json_option, open_services
from idp.cli.policy_options import Named, about
from idp.enforcement.campaigns.lists import COLUMNS, line
from idp.enforcement.campaigns.models import Campaign
from idp.enforcement.campaigns.service import WAVES, NewCampaign
from idp.enforcement.cohorts.forecast import OUTCOMES
from idp.kernel.actor import OPERATOR

_START = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def campaign() -> None:
    """Campaigns: a dry run first, then the rule, reminders in waves, coverage, a report."""


@campaign.command("plan")
@click.option("--name", required=True, help="What it is called.")
@about
@click.option("--from", "start", required=True, type=_START, help="First moment of the rule (UTC).")
@click.option("--grace-days", type=int, help="Days after --from in which people may go on without.")
@click.option("--grace-sign-ins", type=int, help="Sign-ins after --from that people may make without.")
@click.option("--waves", default=" ".join(map(str, WAVES)), help="Days before it binds on which reminders go out; '' for none.")
@click.option("--per-hour", type=int, default=2000, help="The most letters in an hour.")
@json_option
def plan_command(
    name: str, start: datetime, grace_days: int | None, grace_sign_ins: int | None, waves: str, per_hour: int, demand: str, as_json: bool,
    **named: str | None,
) -> None:  # fmt: skip
    """Write a campaign down; nothing happens yet."""
    if not all(part.isascii() and part.isdecimal() and len(part) < 4 for part in waves.replace(",", " ").split()):
        raise click.BadParameter("numbers of days, separated by spaces", param_hint="--waves")
    with open_services() as services:
        rule = Named(**named).rule(services, demand, starts_at=start.replace(tzinfo=UTC), days=grace_days, sign_ins=grace_sign_ins)
        days = tuple(map(int, waves.replace(",", " ").split()))
        shown = _row(services.campaigns.plan(OPERATOR, NewCampaign(name, rule, days, per_hour)))
    emit(shown, as_json)


@campaign.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every campaign, newest first."""
    with open_services() as services:
        rows = [_row(one) for one in services.campaigns.list()]
    emit(rows, as_json)


@campaign.command("report")
@click.argument("campaign_id")
@json_option
def report_command(campaign_id: str, as_json: bool) -> None:
    """The dry run of a draft; of a running campaign its coverage by government at this moment, and its letters."""
    with open_services() as services:
        found = services.campaigns.report(campaign_id)
        campaign_row = _row(found.campaign)
    governments = [
        {
            "government": one.code, "name": one.name, "people": one.people, "ready": one.ready, "must_enrol": one.must_enrol,
            "cannot": one.cannot, "exempt": one.exempt, "without_mail": one.without_mail, "calls": one.calls, "hours": one.hours,
        }
        for one in (*found.now.governments, found.now.total)
    ]  # fmt: skip
    governments[-1]["name"] = "total"
    letters = [
        {"wave": row.wave, "letters": row.letters, "first": row.first.isoformat(), "last": row.last.isoformat()} for row in found.letters
    ]
    if as_json:
        emit({"campaign": campaign_row, "at_start": found.at_start, "now": governments, "letters": letters}, as_json)
        return
    for part in (campaign_row, governments, letters):
        emit(part, as_json)


@campaign.command("people")
@click.argument("campaign_id")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only these.")
def people_command(campaign_id: str, outcome: str | None) -> None:
    """The people of a campaign and what will happen to each, as CSV; recorded as an export."""
    with open_services() as services:
        one = services.campaigns.get(campaign_id)
        written = csv.writer(sys.stdout)
        written.writerow(COLUMNS)
        count = 0
        for person in services.dry_run.people(services.campaigns.rule(one), outcome=outcome):
            written.writerow(line(person))
            count += 1
        services.campaigns.note_export(OPERATOR, one, outcome, count)


def _verb(name: str, does: str) -> None:
    @campaign.command(name, help=does)
    @click.argument("campaign_id")
    @json_option
    def command(campaign_id: str, as_json: bool) -> None:
        with open_services() as services:
            shown = _row(getattr(services.campaigns, name)(OPERATOR, campaign_id))
        emit(shown, as_json)


_verb("start", "Make the rule and begin the letters.")
_verb("pause", "No letters for now; a rule that does not bind yet is held.")
_verb("resume", "Go on with letters and rule.")
_verb("end", "No more letters for good; the rule goes on.")


def _row(one: Campaign) -> dict[str, Any]:
    names = (
        "id", "name", "state", "subject", "value", "application", "demand", "starts_at", "grace_days", "grace_sign_ins", "waves",
        "per_hour", "rule_id", "created_at", "started_at", "ended_at",
    )  # fmt: skip
    values = {name: getattr(one, name) for name in names}
    return {name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value for name, value in values.items()}

