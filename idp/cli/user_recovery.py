"""``idp user single-use-code|remembered``: help for a lost phone, and devices that leave the second factor out."""

import click

from idp.cli.base import emit, json_option, open_services
from idp.kernel.actor import OPERATOR
from idp.mail.letters import print_code


@click.command("single-use-code")
@click.argument("username")
@click.option("--reason", required=True, help="Why, and how you made sure that it is the person; kept in the audit record.")
@click.option("--second-approver", help="Username of another admin who may reset factors there; needed for administrators' accounts.")
@json_option
def single_use_code_command(username: str, reason: str, second_approver: str | None, as_json: bool) -> None:
    """Print, once, a code that stands in for a lost phone; the password is still asked for, and a new factor is enrolled."""
    with open_services() as services:
        person = services.people.need(username)
        approver = services.people.need(second_approver) if second_approver else None
        issued = services.authn.agency_codes.issue(OPERATOR, person, reason, approver=approver)
        settings = services.deps.settings
        slip = print_code(
            person.locale, code=issued.code, name=person.full_name, username=person.username, until=issued.expires_at,
            installation_name=settings.installation_name, issuer=settings.issuer,
        )  # fmt: skip
        result = {"username": person.username, "code": issued.code, "expires_at": issued.expires_at.isoformat(timespec="seconds")}
    if as_json:
        emit(result, as_json)
    else:
        click.echo(slip, nl=False)


@click.command("remembered")
@click.argument("username")
@click.option("--forget", "forget_them", is_flag=True, help="Forget them all: the second factor is asked for again.")
@json_option
def remembered_command(username: str, forget_them: bool, as_json: bool) -> None:
    """The remembered devices of an account."""
    with open_services() as services:
        person = services.people.need(username)
        rows = [
            {
                "id": row.id, "browser": row.browser, "created_at": row.created_at.isoformat(), "last_used_at": row.rotated_at.isoformat(),
                "expires_at": row.expires_at.isoformat(), "forgotten": forget_them,
            }
            for row in services.authn.remembered.list(person.id)
        ]  # fmt: skip
        if forget_them:
            services.authn.remembered.forget(OPERATOR, person.id, "operator")
    emit(rows, as_json)
