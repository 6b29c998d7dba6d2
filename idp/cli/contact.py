"""``idp contact``: where a government reads our letters."""

import click

from idp.cli.base import emit, json_option, open_services
from idp.kernel.actor import OPERATOR


@click.group()
def contact() -> None:
    """Addresses of a government: ``security`` (sign-ins that were not their owner's), ``personnel`` (corrections)."""


@contact.command("set")
@click.argument("government")
@click.argument("purpose")
@click.argument("email")
@click.option("--locale", default="id", show_default=True, help="Language of its letters: id or en.")
@json_option
def set_command(government: str, purpose: str, email: str, locale: str, as_json: bool) -> None:
    """Set or replace an address."""
    with open_services() as services:
        row = services.contacts.set(OPERATOR, government, purpose, email, locale)
        result = {"government": row.government_code, "purpose": row.purpose, "email": row.email, "locale": row.locale}
    emit(result, as_json)


@contact.command("remove")
@click.argument("government")
@click.argument("purpose")
@json_option
def remove_command(government: str, purpose: str, as_json: bool) -> None:
    """Take an address away: the government's administrators read those letters again."""
    with open_services() as services:
        services.contacts.remove(OPERATOR, government, purpose)
    emit({"government": government, "purpose": purpose, "removed": True}, as_json)


@contact.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every address that is set."""
    with open_services() as services:
        rows = [
            {"government": one.government_code, "purpose": one.purpose, "email": one.email, "locale": one.locale}
            for one in services.contacts.all()
        ]
    emit(rows, as_json)
