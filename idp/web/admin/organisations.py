"""Governments and their units as a tree."""

from datetime import date
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from idp.administration.errors import OutOfScope, unknown
from idp.directory.models import Unit
from idp.policy.permissions import Permission, Place
from idp.web.admin import names
from idp.web.admin.guard import admin, officer
from idp.web.admin.pages import page
from idp.web.admin.people import governments_of
from idp.web.edge import services
from idp.web.guards import read_only

bp = Blueprint("admin_organisations", __name__)

GOVERNMENTS = "/admin/governments"
Leaf = tuple[Unit, int]


@bp.get(GOVERNMENTS)
@read_only
@admin(Permission.UNIT_READ)
def governments() -> ResponseReturnValue:
    """The governments the officer's part lies in."""
    return page("admin/governments.html", GOVERNMENTS, governments=governments_of(officer(), Permission.UNIT_READ))


@bp.get("/admin/governments/<code>")
@read_only
@admin(Permission.UNIT_READ)
def government(code: str) -> ResponseReturnValue:
    """The units of a government that exist on a day, as a tree; of an officer of a unit only what lies below it."""
    found, who = services().organisations.government(code[:5]), officer()
    if found is None:
        raise unknown()
    where = who.reach(Permission.UNIT_READ)
    roots = {unit for government_code, unit in where.units if government_code in (None, found.code)}
    whole = where.everywhere or found.code in where.governments
    if not whole and not roots:
        raise OutOfScope(("government", found.code), found.code, Permission.UNIT_READ)
    day = _day()
    units = services().organisations.units(found.code, day=day)
    return page(
        "admin/government.html", GOVERNMENTS, government=found, tree=tree_of(units, None if whole else roots), day=day,
        may_add=who.may(Permission.UNIT_WRITE, Place(found.code)), kinds=names.UNIT_KINDS,
    )  # fmt: skip


def tree_of(units: list[Unit], roots: set[str] | None) -> list[Leaf]:
    """Units with their depth, each below the one above it. roots: begin at these; None: at those with nothing above them (that exists)."""
    there = {unit.id for unit in units}
    below: dict[str | None, list[Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id if unit.parent_id in there else None, []).append(unit)
    begin = below.get(None, []) if roots is None else [unit for unit in units if unit.id in roots]
    leaves: list[Leaf] = []
    waiting: list[Leaf] = [(unit, 0) for unit in reversed(begin)]
    seen: set[str] = set()
    while waiting:
        unit, depth = waiting.pop()
        if unit.id in seen:
            continue
        seen.add(unit.id)
        leaves.append((unit, depth))
        waiting.extend((child, depth + 1) for child in reversed(below.get(unit.id, [])))
    return leaves


def _day() -> date | None:
    text: Any = request.args.get("day", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
