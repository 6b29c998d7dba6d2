"""Roles: who holds which in the officer's part; giving and taking."""

from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.directory.models import Person
from idp.kernel.errors import Conflict, Invalid
from idp.policy.permissions import MAY, Officer, Permission, Place, Role, may_grant
from idp.web import messages
from idp.web.admin import names
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.pages import page, say
from idp.web.admin.people import PEOPLE, governments_of
from idp.web.edge import actor, services
from idp.web.forms import ActionForm
from idp.web.forms.admin import RoleForm
from idp.web.guards import read_only

bp = Blueprint("admin_roles", __name__)

ROLES = "/admin/roles"
_PAGE = 50
EVERYWHERE = "all"


@bp.get(ROLES)
@read_only
@admin(Permission.ROLE_READ)
def roles() -> ResponseReturnValue:
    """Every role that somebody in the officer's part holds, newest first."""
    role = request.args.get("role", "")
    wanted = role if role in set(Role) else None
    rows = services().administration.grants.find(officer(), role=wanted, after=request.args.get("after", "")[:26] or None, limit=_PAGE)
    shown = [(row, names.role_name(row.role), names.place_name(row.government_code, row.unit_id)) for row in rows[:_PAGE]]
    more = {"after": rows[_PAGE - 1].id, **({"role": wanted} if wanted else {})} if len(rows) > _PAGE else None
    return page(
        "admin/roles.html", ROLES, rows=shown, chosen=wanted, choices=[(one.value, names.role_name(one)) for one in Role],
        next_page=f"{ROLES}?{urlencode(more)}" if more else None, begun="after" in request.args,
        allows=[(names.role_name(one), sorted(MAY[one])) for one in Role],
    )  # fmt: skip


@bp.route("/admin/people/<person_id>/roles/give", methods=["GET", "POST"])
@admin(Permission.ROLE_GRANT, fresh=True)
def give(person_id: str) -> ResponseReturnValue:
    """Give a role to somebody, at a place where the officer holds all that it allows."""
    room, who = services().administration, officer()
    person = room.scope.person(who, person_id[:26], Permission.ROLE_GRANT)
    form = _form(who)
    refusal = None
    if form.validate_on_submit():
        try:
            unit = _unit(form)
            given = room.grants.give(actor(), who, person.id, form.role.data or "", government_of(form), unit)
        except (Invalid, Conflict) as error:
            refusal = messages.Notice(messages.sentence(error))
        else:
            where = names.place_name(given.government_code, given.unit_id)
            role = names.role_name(given.role)
            say(gettext("%(name)s now holds the role %(role)s: %(where)s.", name=person.full_name, role=role, where=where))
            return redirect(f"{PEOPLE}/{person.id}", 303)
    return page("admin/role_give.html", PEOPLE, person=person, form=form, refusal=refusal)


@bp.route("/admin/people/<person_id>/roles/<grant_id>/take", methods=["GET", "POST"])
@admin(Permission.ROLE_GRANT, fresh=True)
def take(person_id: str, grant_id: str) -> ResponseReturnValue:
    """Take a role away."""
    room, who = services().administration, officer()
    person = room.scope.person(who, person_id[:26], Permission.ROLE_GRANT)
    grant = room.grants.grant(person, grant_id[:26])
    form, refusal = form_of(ActionForm), None
    if form.validate_on_submit():
        try:
            room.grants.take(actor(), who, person.id, grant.id)
        except Conflict as error:
            refusal = messages.Notice(messages.sentence(error))
        else:
            say(gettext("%(name)s no longer holds the role %(role)s.", name=person.full_name, role=names.role_name(grant.role)))
            return redirect(f"{PEOPLE}/{person.id}", 303)
    return page(
        "admin/role_take.html", PEOPLE, person=person, role=names.role_name(grant.role),
        where=names.place_name(grant.government_code, grant.unit_id), form=form, refusal=refusal, back=_back(person),
    )  # fmt: skip


def _back(person: Person) -> str:
    return f"{PEOPLE}/{person.id}"


def _form(who: Officer) -> RoleForm:
    """Only what the officer can give somewhere is offered; what they may give at that place the service decides."""
    form = form_of(RoleForm)
    everywhere = who.reach(Permission.ROLE_GRANT).everywhere
    found = governments_of(who, Permission.ROLE_GRANT)
    nothing = ("", gettext("Choose"))
    whole = [(EVERYWHERE, gettext("The whole installation"))] if everywhere else []
    form.government.choices = [nothing, *((one.code, one.name) for one in found), *whole]
    places = [Place(held.government_code, (held.unit_id,) if held.unit_id else ()) for held in who.administrative]
    fitting = [role for role in Role if any(may_grant(who.administrative, role, place) for place in places)]
    # The mightiest last: nobody becomes an owner by a form that was sent too quickly.
    form.role.choices = [nothing, *((role.value, names.role_name(role)) for role in reversed(fitting))]
    return form


def government_of(form: RoleForm) -> str | None:
    """The government chosen; None for the whole installation."""
    return None if form.government.data == EVERYWHERE else form.government.data


def _unit(form: RoleForm) -> str | None:
    if not form.unit.data:
        return None
    return services().organisations.unit_by_code(government_of(form) or "", form.unit.data).id
