"""``idp policy exception``: who need not obey a rule for a time, asked for by one person and approved by another."""

from datetime import UTC, datetime

import click

from idp.cli.base import emit, json_option, open_services
from idp.directory.models import Person
from idp.enforcement.exceptions import Asked
from idp.enforcement.models import FactorException
from idp.kernel.actor import OPERATOR


@click.group()
def exception() -> None:
    """Exceptions from rules: for one person, with a reason, an approver and an end."""


@exception.command("add")
@click.option("--user", required=True, help="Whom it is for.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Its end (UTC), within 90 days.")
@click.option("--reason", required=True, help="Why; kept in the audit record.")
@click.option("--asked-by", required=True, help="Username of the person who asks for it.")
@click.option("--approver", required=True, help="Username of the person who approves it: another one.")
@click.option("--rule", help="From this rule alone; without it: from every rule.")
@click.option("--client", help="For this application alone, by client id.")
@json_option
def add_command(
    user: str, until: datetime, reason: str, asked_by: str, approver: str, rule: str | None, client: str | None, as_json: bool
) -> None:
    """Record an exception that two people decided on; both must hold policy:write for the person it is for."""
    with open_services() as services:
        person, asker, approving = (services.people.need(name) for name in (user, asked_by, approver))
        asked = Asked(person.id, until.replace(tzinfo=UTC), reason, rule, client)
        row = services.exceptions.ask(OPERATOR, asked, asked_by=asker.id)
        services.exceptions.approve(OPERATOR, row.id, approved_by=approving.id)
        services.session.refresh(row)
        shown = _row(row, person)
    emit(shown, as_json)


@exception.command("list")
@click.option("--all", "past", is_flag=True, help="Those that are over, too.")
@json_option
def list_command(past: bool, as_json: bool) -> None:
    """Exceptions asked for and approved, newest first."""
    with open_services() as services:
        rows = [_row(row, person) for row, person in services.exceptions.list(past=past)]
    emit(rows, as_json)


@exception.command("end")
@click.argument("exception_id")
@json_option
def end_command(exception_id: str, as_json: bool) -> None:
    """End an exception now."""
    with open_services() as services:
        services.exceptions.end(OPERATOR, exception_id)
    emit({"ended": exception_id}, as_json)


def _row(row: FactorException, person: Person) -> dict[str, object]:
    moments = {name: getattr(row, name) for name in ("asked_at", "approved_at", "expires_at", "ended_at")}
    return {
        "id": row.id, "user": person.username, "rule": row.rule_id, "application": row.application, "reason": row.reason,
        "asked_by": row.asked_by, "approved_by": row.approved_by,
        **{name: value.isoformat(timespec="seconds") if value else None for name, value in moments.items()},
    }  # fmt: skip
