"""``idp link``: systems with accounts of their own, as plain links on every start page."""

import click

from idp.cli.base import emit, json_option, open_services
from idp.kernel.actor import OPERATOR


@click.group()
def link() -> None:
    """Links to systems that keep their own accounts (SRIKANDI, SIPD, e-Kinerja …)."""


@link.command("add")
@click.option("--name", required=True, help="As people know it (at most 80 characters).")
@click.option("--uri", required=True, help="Where it leads: https.")
@click.option("--description", help="What it is for, in English (at most 200 characters).")
@click.option("--description-id", help="The same in Indonesian.")
@json_option
def add_command(name: str, uri: str, description: str | None, description_id: str | None, as_json: bool) -> None:
    """Add a link."""
    with open_services() as services:
        link_id = services.portal_links.add(OPERATOR, name, uri, description=description, description_id=description_id)
    emit({"id": link_id, "name": name, "uri": uri}, as_json)


@link.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every link, by name."""
    with open_services() as services:
        found = services.portal_links.list()
    names = ("id", "name", "uri", "description", "description_id")
    emit([{name: getattr(row, name) for name in names} for row in found], as_json)


@link.command("remove")
@click.argument("link_id")
@json_option
def remove_command(link_id: str, as_json: bool) -> None:
    """Take a link away."""
    with open_services() as services:
        name = services.portal_links.remove(OPERATOR, link_id)
    emit({"removed": link_id, "name": name}, as_json)
