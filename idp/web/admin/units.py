"""One unit: what it is, what stands below it, and its changes; and a post in a unit for a person."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.administration.errors import OutOfScope, unknown
from idp.directory.models import Unit
from idp.directory.orgs import NewUnit
from idp.directory.vocabulary import UnitKind
from idp.kernel.errors import Conflict, Invalid
from idp.policy.permissions import Permission
from idp.web import messages
from idp.web.admin import names
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.organisations import GOVERNMENTS
from idp.web.admin.pages import page, say
from idp.web.admin.people import PEOPLE, governments_of
from idp.web.edge import actor, services
from idp.web.forms import Form
from idp.web.forms.admin import PostForm, UnitCloseForm, UnitForm, UnitMoveForm, UnitNameForm
from idp.web.guards import read_only

bp = Blueprint("admin_units", __name__)

_WRITE = Permission.UNIT_WRITE


@bp.get("/admin/units/<unit_id>")
@read_only
@admin(Permission.UNIT_READ)
def unit(unit_id: str) -> ResponseReturnValue:
    """Validity, the units above, below and after it."""
    room, who, orgs = services().administration, officer(), services().organisations
    found = room.scope.unit(who, unit_id[:26])
    place = room.scope.place_of_unit(found)
    government = orgs.government(found.government_code)
    return page(
        "admin/unit.html", GOVERNMENTS, unit=found, government=government, above=_seen(found.parent_id), heir=_seen(found.successor_id),
        below=services().directory.open_children(found.id), kind=names.unit_kind(found.kind),
        may_write=who.may(_WRITE, place) and found.valid_to is None, sees_people=who.may(Permission.PERSON_READ, place),
    )  # fmt: skip


@bp.route("/admin/governments/<code>/units/add", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def add_root(code: str) -> ResponseReturnValue:
    """A unit directly below a government."""
    government = services().organisations.government(code[:5])
    if government is None:
        raise unknown()
    where = officer().reach(_WRITE)
    if not where.everywhere and government.code not in where.governments:
        raise OutOfScope(("government", government.code), government.code, _WRITE)
    return _add(government.code, None, government.name)


@bp.route("/admin/units/<unit_id>/add", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def add_below(unit_id: str) -> ResponseReturnValue:
    """A unit below another."""
    above = services().administration.scope.unit(officer(), unit_id[:26], _WRITE)
    return _add(above.government_code, above, above.name)


@bp.route("/admin/units/<unit_id>/rename", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def rename(unit_id: str) -> ResponseReturnValue:
    """Another name; the unit stays the same."""
    found = services().administration.scope.unit(officer(), unit_id[:26], _WRITE)
    form = form_of(UnitNameForm, data={"name": found.name})
    if form.validate_on_submit():
        try:
            services().administration.units.rename(actor(), officer(), found.id, form.name.data or "")
            return _done(found.id, gettext("The unit has a new name."))
        except (Invalid, Conflict) as error:
            return _form(found, form, gettext("Rename the unit"), error)
    return _form(found, form, gettext("Rename the unit"))


@bp.route("/admin/units/<unit_id>/move", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def move(unit_id: str) -> ResponseReturnValue:
    """Another place in the tree."""
    found = services().administration.scope.unit(officer(), unit_id[:26], _WRITE)
    form = form_of(UnitMoveForm)
    if form.validate_on_submit():
        try:
            services().administration.units.move(actor(), officer(), found.id, _id(found.government_code, form.parent.data))
            return _done(found.id, gettext("The unit has been moved."))
        except (Invalid, Conflict) as error:
            return _form(found, form, gettext("Move the unit"), error)
    return _form(found, form, gettext("Move the unit"))


@bp.route("/admin/units/<unit_id>/close", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def close(unit_id: str) -> ResponseReturnValue:
    """The end of a unit, with a successor where there is one."""
    found = services().administration.scope.unit(officer(), unit_id[:26], _WRITE)
    form = form_of(UnitCloseForm)
    if form.validate_on_submit():
        try:
            heir = _id(found.government_code, form.successor.data)
            services().administration.units.close(actor(), officer(), found.id, day=form.day.data, successor_id=heir)
            return _done(found.id, gettext("The unit has ended."))
        except (Invalid, Conflict) as error:
            return _form(found, form, gettext("Close the unit"), error)
    return _form(found, form, gettext("Close the unit"))


@bp.route("/admin/people/<person_id>/posts/add", methods=["GET", "POST"])
@admin(Permission.PERSON_WRITE, fresh=True)
def assign(person_id: str) -> ResponseReturnValue:
    """A post in a unit; the main one moves the person."""
    room, who = services().administration, officer()
    person = room.scope.account(who, person_id[:26], Permission.PERSON_WRITE)
    form, refusal = form_of(PostForm), None
    form.government.choices = [(one.code, one.name) for one in governments_of(who, Permission.PERSON_WRITE)]
    if form.validate_on_submit():
        try:
            unit_id = services().organisations.unit_by_code(form.government.data, form.unit.data or "").id
            room.units.assign(actor(), who, person.id, unit_id, position=form.position.data or None, primary=bool(form.primary.data))
            say(gettext("The post has been added."))
            return redirect(f"{PEOPLE}/{person.id}", 303)
        except (Invalid, Conflict) as error:
            refusal = messages.Notice(messages.sentence(error))
    return page("admin/post.html", PEOPLE, person=person, form=form, refusal=refusal)


def _add(government: str, above: Unit | None, where: str) -> ResponseReturnValue:
    form, refusal = form_of(UnitForm), None
    form.kind.choices = [(kind.value, names.unit_kind(kind)) for kind in UnitKind]
    if form.validate_on_submit():
        new = NewUnit(government, form.code.data or "", form.name.data or "", form.kind.data, above.id if above else None)
        try:
            made = services().administration.units.add(actor(), officer(), new)
            return _done(made.id, gettext("The unit has been created."))
        except (Invalid, Conflict) as error:
            refusal = messages.Notice(messages.sentence(error))
    back = f"/admin/units/{above.id}" if above else f"{GOVERNMENTS}/{government}"
    return page("admin/unit_form.html", GOVERNMENTS, form=form, title=gettext("Add a unit"), under=where, back=back, refusal=refusal)


def _form(found: Unit, form: Form, title: str, error: Invalid | Conflict | None = None) -> ResponseReturnValue:
    refusal = messages.Notice(messages.sentence(error)) if error else None
    back = f"/admin/units/{found.id}"
    return page("admin/unit_form.html", GOVERNMENTS, form=form, title=title, under=found.name, back=back, refusal=refusal)


def _done(unit_id: str, said: str) -> ResponseReturnValue:
    say(said)
    return redirect(f"/admin/units/{unit_id}", 303)


def _id(government: str, code: str | None) -> str | None:
    return services().organisations.unit_by_code(government, code).id if code else None


def _seen(unit_id: str | None) -> tuple[Unit, bool] | None:
    """A unit beside this one, and whether the officer may open it."""
    found = services().organisations.unit(unit_id) if unit_id else None
    return (found, officer().may(Permission.UNIT_READ, services().administration.scope.place_of_unit(found))) if found else None
