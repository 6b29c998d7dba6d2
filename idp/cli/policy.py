"""``idp policy``: which second factor is demanded of whom, from when."""

from datetime import UTC, datetime

import click

from idp.cli.base import emit, json_option, open_services
from idp.enforcement.models import FactorRule
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Invalid
from idp.policy.second_factor import RANKS
from idp.wiring import Services


def _about(function: click.decorators.FC) -> click.decorators.FC:
    for option in reversed((
        click.option("--government", help="Everybody of this government, by code (12.71)."),
        click.option("--role", help="Everybody who holds this role."),
        click.option("--status", help="Everybody of this employment status (PNS, PPPK …)."),
        click.option("--client", help="Whoever uses this application, by client id."),
        click.option("--user", help="One person, by username."),
        click.option("--demand", required=True, help=f"{', '.join(RANKS)}."),
    )):  # fmt: skip
        function = option(function)
    return function


@click.group()
def policy() -> None:
    """Show, set and try out the rules about second factors. The strictest rule wins; administrators always need one."""


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
@_about
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="First moment (UTC); default: now.")
@click.option("--remember-days", type=click.IntRange(0, 30), help="How long a device may be remembered; 0: never. The shortest wins.")
@json_option
def set_command(
    government: str | None, role: str | None, status: str | None, client: str | None, user: str | None, demand: str,
    start: datetime | None, remember_days: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Demand a second factor of everybody, or of those one option names, in place of an earlier rule about the same."""
    with open_services() as services:
        subject, value = _subject(services, government, role, status, client, user)
        starts_at = start.replace(tzinfo=UTC) if start else None
        rule = services.enforcement.set(OPERATOR, subject, value, demand, starts_at=starts_at, remember_days=remember_days)
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
@_about
@json_option
def simulate_command(
    government: str | None, role: str | None, status: str | None, client: str | None, user: str | None, demand: str, as_json: bool
) -> None:
    """A dry run: how many people, by government, such a rule would touch, and how many of them would have to enrol."""
    with open_services() as services:
        subject, value = _subject(services, government, role, status, client, user)
        found = services.enforcement.simulate(subject, value, demand)
    rows = [
        {"government": one.government_code, "name": one.government, "people": one.people, "to_enrol": one.to_enrol} for one in found
    ]
    emit(rows, as_json)


_NAMES = ("id", "subject", "value", "demand", "remember_days", "starts_at", "ended_at", "created_at", "created_by")


def _row(rule: FactorRule) -> dict[str, object]:
    values = {name: getattr(rule, name) for name in _NAMES}
    return {name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value for name, value in values.items()}


def _subject(
    services: Services, government: str | None, role: str | None, status: str | None, client: str | None, user: str | None
) -> tuple[str, str]:
    named = {"government": government, "role": role, "status": status, "client": client, "person": user}
    given = [(subject, value) for subject, value in named.items() if value is not None]
    if len(given) > 1:
        raise Invalid("rule.subject", "give at most one of --government, --role, --status, --client, --user")
    if not given:
        return "global", ""
    subject, value = given[0]
    if subject == "person":
        value = services.people.need(value).id
    if subject == "client" and services.registry.find(value) is None:
        raise Invalid("rule.value", f"--client: there is no application {value}")
    return subject, value
