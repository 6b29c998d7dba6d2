"""``idp policy``: which second factor is demanded of whom, from when."""

from datetime import UTC, datetime

import click

from idp.cli.base import emit, json_option, open_services
from idp.cli.policy_campaign import campaign
from idp.cli.policy_exception import exception
from idp.cli.policy_options import Named, about
from idp.enforcement.models import FactorRule
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Invalid
from idp.web.rule_names import namer
from idp.web.rule_words import explanation, saying


@click.group()
def policy() -> None:
    """Show, set and try out the rules about second factors. The strictest rule wins; administrators always need one."""


policy.add_command(exception)
policy.add_command(campaign)


@policy.command("list")
@click.option("--all", "ended", is_flag=True, help="Those that have ended, too.")
@json_option
def list_command(ended: bool, as_json: bool) -> None:
    """Every rule, newest first, below the default of the installation."""
    with open_services() as services:
        rows = [_row(rule) for rule in services.enforcement.list(ended=ended)]
        default = services.deps.settings.default_demand
    emit([*rows, {**dict.fromkeys(_NAMES), "id": "default", "subject": "global", "demand": default}], as_json)


@policy.command("set")
@about
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="First moment (UTC); default: now.")
@click.option("--grace-days", type=int, help="Days after --from in which people are told and may go on without.")
@click.option("--grace-sign-ins", type=int, help="Sign-ins after --from that people may make without (within 30 days, or --grace-days).")
@click.option("--remember-days", type=click.IntRange(0, 30), help="How long a device may be remembered; 0: never. The shortest wins.")
@json_option
def set_command(
    start: datetime | None, grace_days: int | None, grace_sign_ins: int | None, remember_days: int | None, demand: str, as_json: bool,
    **named: str | None,
) -> None:  # fmt: skip
    """Demand a second factor of everybody, or of those the options name, in place of an earlier rule about the same."""
    with open_services() as services:
        new = Named(**named).rule(services, demand)
        rule = services.enforcement.set(
            OPERATOR, new.subject, new.value, demand, starts_at=start.replace(tzinfo=UTC) if start else None,
            application=new.application, grace_days=grace_days, grace_sign_ins=grace_sign_ins, remember_days=remember_days,
        )  # fmt: skip
    emit(_row(rule), as_json)


@policy.command("end")
@click.argument("rule_id")
@json_option
def end_command(rule_id: str, as_json: bool) -> None:
    """End a rule now."""
    with open_services() as services:
        services.enforcement.end(OPERATOR, rule_id)
    emit({"ended": rule_id}, as_json)


@policy.command("simulate")
@about
@json_option
def simulate_command(demand: str, as_json: bool, **named: str | None) -> None:
    """A dry run: by government, whom such a rule would touch, how many must enrol, cannot sign in, or call their help desk."""
    with open_services() as services:
        new = Named(**named).rule(services, demand)
        found = services.dry_run.forecast(new)
    rows = [
        {
            "government": one.code, "name": one.name, "people": one.people, "ready": one.ready, "to_enrol": one.must_enrol,
            "cannot": one.cannot, "exempt": one.exempt, "without_mail": one.without_mail, "calls": one.calls,
        }
        for one in found.governments
    ]  # fmt: skip
    emit(rows, as_json)


@policy.command("explain")
@click.option("--user", required=True, help="Username, current number or address.")
@click.option("--client", help="At this application, by client id; without it: at the pages of this service.")
@click.option("--lang", type=click.Choice(["id", "en"]), default="en", help="The language of the sentences.")
@json_option
def explain_command(user: str, client: str | None, lang: str, as_json: bool) -> None:
    """Which rule applies to a person at an application, and why, in sentences."""
    with open_services() as services:
        application = services.registry.find(client) if client else None
        if client and application is None:
            raise Invalid("rule.value", f"--client: there is no application {client}")
        found = services.explaining.explain(services.people.need(user), application)
        sentences = explanation(found, namer(services, lang), saying(lang), lang)
        ruled = found.explained.demand
    if not as_json:
        click.echo("\n".join(sentences))
        return
    rules = [{"id": one.rule.id, "about": one.rule.about, "verdict": one.verdict} for one in found.explained.reasons]
    result = {"demand": found.level, "reason": ruled.reason, "rule": ruled.rule_id, "outcome": found.outcome, "rules": rules}
    emit({**result, "sentences": sentences}, as_json)


_NAMES = (
    "id", "subject", "value", "application", "demand", "remember_days", "starts_at", "grace_days", "grace_sign_ins", "ended_at",
    "created_at", "created_by",
)  # fmt: skip


def _row(rule: FactorRule) -> dict[str, object]:
    values = {name: getattr(rule, name) for name in _NAMES}
    return {name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value for name, value in values.items()}
