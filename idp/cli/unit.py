"""``idp unit``: the units of the governments."""

from datetime import date, datetime
from typing import Any

import click

from idp.cli.base import emit, json_option, open_services
from idp.directory.models import Unit
from idp.directory.orgs import NewUnit
from idp.kernel.actor import OPERATOR

_day = click.DateTime(["%Y-%m-%d"])


@click.group()
def unit() -> None:
    """Organisational units: a tree below each government, with validity and successors."""


@unit.command("create")
@click.option("--government", required=True, help="Code, such as 12.71.")
@click.option("--code", required=True)
@click.option("--name", required=True)
@click.option("--kind", default="other", show_default=True, help="dinas, badan, sekretariat, puskesmas, school, …")
@click.option("--parent", help="Code of the unit above.")
@click.option("--from", "valid_from", type=_day, help="First day (default today).")
@json_option
def create_command(
    government: str, code: str, name: str, kind: str, parent: str | None, valid_from: datetime | None, as_json: bool
) -> None:
    """Create a unit."""
    with open_services() as services:
        above = services.organisations.unit_by_code(government, parent).id if parent else None
        made = services.organisations.add_unit(OPERATOR, NewUnit(government, code, name, kind, above, _date(valid_from)))
        result = _shown(made)
    emit(result, as_json)


@unit.command("list")
@click.argument("government")
@json_option
def list_command(government: str, as_json: bool) -> None:
    """The units of a government that exist today."""
    with open_services() as services:
        result = [_shown(one) for one in services.organisations.units(government)]
    emit(result, as_json)


@unit.command("rename")
@click.argument("government")
@click.argument("code")
@click.argument("name")
@json_option
def rename_command(government: str, code: str, name: str, as_json: bool) -> None:
    """Give a unit another name; its id stays."""
    with open_services() as services:
        found = services.organisations.unit_by_code(government, code)
        result = _shown(services.organisations.rename_unit(OPERATOR, found.id, name))
    emit(result, as_json)


@unit.command("close")
@click.argument("government")
@click.argument("code")
@click.option("--day", type=_day, help="First day without it (default today).")
@click.option("--successor", help="Code of the unit that takes over what stood below it.")
@json_option
def close_command(government: str, code: str, day: datetime | None, successor: str | None, as_json: bool) -> None:
    """End a unit."""
    with open_services() as services:
        organisations = services.organisations
        found = organisations.unit_by_code(government, code)
        heir = organisations.unit_by_code(government, successor).id if successor else None
        result = _shown(organisations.close_unit(OPERATOR, found.id, day=_date(day), successor_id=heir))
    emit(result, as_json)


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _shown(one: Unit) -> dict[str, Any]:
    return {
        "id": one.id,
        "government": one.government_code,
        "code": one.code,
        "name": one.name,
        "kind": one.kind,
        "parent_id": one.parent_id,
        "valid_from": one.valid_from.isoformat(),
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
        "successor_id": one.successor_id,
    }
