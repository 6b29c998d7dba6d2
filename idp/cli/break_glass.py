"""``idp break-glass``: an owner for an installation whose owners cannot come in; loud on purpose."""

import click

from idp.cli.base import emit, json_option, open_services
from idp.kernel.actor import OPERATOR


@click.command("break-glass")
@click.argument("username")
@click.option("--reason", required=True, help="Why nobody else could; kept in the audit record and told to nobody else.")
@json_option
def break_glass(username: str, reason: str, as_json: bool) -> None:
    """Make an active user an owner of the installation. Every owner is told by mail, the record and the log say it."""
    with open_services() as services:
        person = services.people.need(username)
        told = services.administration.break_glass.make_owner(OPERATOR, person, reason)
        result = {"username": person.username, "role": "administrator", "owners_told": told}
    emit(result, as_json)
