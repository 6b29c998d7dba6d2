"""``idp role``: who may administer what."""

import click

from idp.cli.base import emit, fail, json_option, open_services
from idp.kernel.actor import OPERATOR
from idp.policy.permissions import MAY, is_administrative
from idp.wiring import Services


@click.group()
def role() -> None:
    """Grant and revoke roles: everywhere, in one government, or in one unit and everything below it."""


@role.command("grant")
@click.argument("username")
@click.argument("role_name", metavar="ROLE")
@click.option("--government", help="Only in this government (code).")
@click.option("--unit", help="Only in this unit of it and below (code).")
@json_option
def grant_command(username: str, role_name: str, government: str | None, unit: str | None, as_json: bool) -> None:
    """Give a role to a user."""
    with open_services() as services:
        person = services.people.need(username)
        services.roles.grant(OPERATOR, person.id, role_name, government, _unit_id(services, government, unit))
        result = {"username": person.username, "role": role_name, "government": government, "unit": unit, "granted": True}
    emit(result, as_json)


@role.command("revoke")
@click.argument("username")
@click.argument("role_name", metavar="ROLE")
@click.option("--government", help="The grant for this government (code).")
@click.option("--unit", help="The grant for this unit of it (code).")
@json_option
def revoke_command(username: str, role_name: str, government: str | None, unit: str | None, as_json: bool) -> None:
    """Take a role from a user, at exactly the place it was given for."""
    with open_services() as services:
        person = services.people.need(username)
        services.roles.revoke(OPERATOR, person.id, role_name, government, _unit_id(services, government, unit))
        result = {"username": person.username, "role": role_name, "government": government, "unit": unit, "granted": False}
    emit(result, as_json)


@role.command("list")
@click.argument("username", required=False)
@json_option
def list_command(username: str | None, as_json: bool) -> None:
    """The roles of a user; without one, every role there is and what it allows."""
    if username is None:
        emit([{"role": one.value, "administrative": is_administrative(one), "may": sorted(MAY[one])} for one in MAY], as_json)
        return
    with open_services() as services:
        held = services.roles.of_person(services.people.need(username).id)
    emit([{"role": one.role, "government": one.government_code, "unit_id": one.unit_id} for one in held], as_json)


def _unit_id(services: Services, government: str | None, unit: str | None) -> str | None:
    if unit is None:
        return None
    if government is None:
        fail("--unit needs --government")
    return services.organisations.unit_by_code(government, unit).id
