"""People: the list with its search and filters, and the page of one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from idp.administration.listing import Wanted
from idp.audit.tags import Tag
from idp.directory.identifiers import mask
from idp.directory.models import Government, Person
from idp.policy.permissions import Officer, Permission, Place, Reach
from idp.web.account.events import NAMES, event_name, event_reason
from idp.web.account.names import browser_name, status_name
from idp.web.account.overview import known
from idp.web.admin import names
from idp.web.admin.guard import admin, officer
from idp.web.admin.pages import page
from idp.web.edge import services
from idp.web.guards import read_only

bp = Blueprint("admin_people", __name__)

PEOPLE = "/admin/people"
_STATES = ("active", "invited", "disabled")
_SHOWN_EVENTS = 15
_SHOWN: Sequence[Tag] = tuple(Tag(name) for name in NAMES)


@bp.get(PEOPLE)
@read_only
@admin(Permission.PERSON_READ)
def people() -> ResponseReturnValue:
    """The people of the officer's part, by name; narrowed by what was typed and chosen."""
    who, wanted = officer(), wanted_of_request()
    found = services().administration.people.find(who, wanted, _after())
    more = {**_typed(), "after": found.next[0], "id": found.next[1]} if found.next else None
    return page(
        "admin/people.html", PEOPLE, found=found, wanted=wanted, mask=mask, status_name=status_name, states=names.STATUSES,
        government_choices=[(one.code, one.name) for one in governments_of(who)],
        next_page=f"{PEOPLE}?{urlencode(more)}" if more else None, begun="after" in request.args, unit=_unit(who, wanted),
        deeds=names.bulk_deeds(who),
    )  # fmt: skip


@bp.get("/admin/people/<person_id>")
@read_only
@admin(Permission.PERSON_READ)
def person(person_id: str) -> ResponseReturnValue:
    """One person: employment, account, second factors, sessions, roles, help given, what happened last."""
    who, room = officer(), services().administration
    found = room.scope.person(who, person_id[:26])
    place = room.scope.place_of(found)
    return page("admin/person.html", PEOPLE, person=found, **_about(who, found, place))


def _about(who: Officer, found: Person, place: Place) -> dict[str, Any]:
    all_of, room = services(), services().administration
    profile = all_of.directory.profile(found.id, ("asn",))
    past = [mask(one.value) for one in all_of.directory.identifiers(found.id) if one.value and one.valid_to]
    sees_sessions, sees_roles = who.may(Permission.SESSION_READ, place), who.may(Permission.ROLE_READ, place)
    return {
        "profile": known(profile) if profile else [], "posts": profile.posts if profile else (), "past": past,
        "state": names.STATUSES.get(found.status, found.status), "activity": found.activity,
        "apps": all_of.factors.list(found.id), "passkeys": all_of.factors.passkeys(found.id),
        "codes_left": all_of.factors.recovery_codes_left(found.id),
        "sessions": [(browser_name(row.agent), row) for row in all_of.sessions.list(found.id)] if sees_sessions else None,
        "roles": [(grant, names.role_name(grant.role), names.place_name(grant.government_code, grant.unit_id))
                  for grant in room.store.grants_of(found.id)] if sees_roles else None,
        "help": [(deed, names.deed_name(deed.deed), helper) for deed, helper in room.store.help_for(found.id)],
        "events": _events(found.id) if who.may(Permission.AUDIT_READ, place) else None,
        "deeds": names.deeds_for(who, found, place), "may_grant": who.may(Permission.ROLE_GRANT, place),
        "may_write": who.may(Permission.PERSON_WRITE, place),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as the page shows it."""

    at: Any
    what: str
    reason: str | None
    by: str


def _events(person_id: str) -> list[Happened]:
    rows = services().audit.history(("person", person_id), _SHOWN, limit=_SHOWN_EVENTS)
    return [Happened(row.at, event_name(row.tag), event_reason(row.tag, row.details), row.actor_kind) for row in rows]


def wanted_of_request() -> Wanted:
    """The filter in the address; what is none of the choices counts as not chosen."""
    given = request.args
    factor = {"yes": True, "no": False}.get(given.get("factor", ""))
    status = given.get("status", "")
    return Wanted(
        text=given.get("q", "")[:200].strip(), government=given.get("government", "")[:5] or None, unit=given.get("unit", "")[:26] or None,
        status=status if status in _STATES else None, factor=factor,
    )  # fmt: skip


def governments_of(who: Officer, permission: Permission = Permission.PERSON_READ) -> list[Government]:
    """The governments the officer's part lies in."""
    where: Reach = who.reach(permission)
    codes = where.governments | {code for code, _ in where.units if code}
    return [one for one in services().organisations.governments() if where.everywhere or one.code in codes]


def _typed() -> dict[str, str]:
    return {name: request.args[name] for name in ("q", "government", "unit", "status", "factor") if request.args.get(name)}


def _after() -> tuple[str, str] | None:
    name, found = request.args.get("after"), request.args.get("id")
    return (name[:200], found[:26]) if name and found and "\0" not in name + found else None


def _unit(who: Officer, wanted: Wanted) -> Any:
    unit = services().organisations.unit(wanted.unit) if wanted.unit else None
    seen = unit is not None and who.may(Permission.UNIT_READ, services().administration.scope.place_of_unit(unit))
    return unit if seen else None
