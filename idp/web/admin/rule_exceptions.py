"""Exceptions from second-factor rules: asked for by one administrator, approved by another, ended by either or by themselves."""

from datetime import datetime, time

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.administration.errors import unknown
from idp.directory.days import WIB
from idp.directory.models import Person
from idp.enforcement.exceptions import Asked
from idp.enforcement.models import FactorException
from idp.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from idp.policy.permissions import Permission
from idp.web import messages
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.pages import page, say
from idp.web.admin.rule_form import in_words, sees
from idp.web.admin.rules import RULES
from idp.web.edge import actor, services
from idp.web.forms import ActionForm
from idp.web.forms.rules import ExceptionForm
from idp.web.guards import read_only

bp = Blueprint("admin_rule_exceptions", __name__)

EXCEPTIONS = f"{RULES}/exceptions"
_READ, _WRITE = Permission.POLICY_READ, Permission.POLICY_WRITE


@bp.get(EXCEPTIONS)
@read_only
@admin(_READ)
def exceptions() -> ResponseReturnValue:
    """Those asked for and those that count, in the officer's part."""
    who, scope = officer(), services().administration.scope
    rows = [
        (row, person, _name(row.asked_by), _name(row.approved_by), _from_what(row), who.may(_WRITE, scope.place_of(person)))
        for row, person in services().exceptions.list()
        if who.may(_READ, scope.place_of(person))
    ]
    return page("admin/rule_exceptions.html", RULES, rows=rows, me=who.id)


@bp.route("/admin/people/<person_id>/exception", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def ask(person_id: str) -> ResponseReturnValue:
    """Ask for an exception for somebody; another administrator approves it."""
    person = services().administration.scope.person(officer(), person_id[:26], _WRITE)
    form, refusal = form_of(ExceptionForm), None
    every = [("", gettext("From every rule"))]
    form.rule.choices = every + [(one.id, ": ".join(in_words(one))) for one in services().enforcement.list() if sees(officer(), one)]
    if form.validate_on_submit() and form.until.data:
        until = datetime.combine(form.until.data, time(23, 59), WIB)
        application = form.application.data or None
        try:
            if application and services().registry.find(application) is None:
                raise Invalid("rule.application", "there is no such application", field="application")
            services().exceptions.ask(actor(), Asked(person.id, until, form.reason.data or "", form.rule.data or None, application))
            say(gettext("Another administrator must approve it; until then it counts for nothing."))
            return redirect(EXCEPTIONS, 303)
        except (Invalid, NotFound, NotAllowed) as error:
            refusal = messages.Notice(messages.sentence(error))
    return page("admin/rule_exception_ask.html", RULES, form=form, refusal=refusal, person=person)


@bp.route(f"{EXCEPTIONS}/<exception_id>", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def answer(exception_id: str) -> ResponseReturnValue:
    """Approve what somebody else asked for, or end it."""
    row, person = _mine(exception_id)
    form, refusal = ActionForm(), None
    if form.validate_on_submit():
        try:
            if request.form.get("do") == "approve":
                services().exceptions.approve(actor(), row.id)
                say(gettext("The exception counts from now on."))
            else:
                services().exceptions.end(actor(), row.id)
                say(gettext("The exception has ended."))
            return redirect(EXCEPTIONS, 303)
        except (Conflict, NotAllowed) as error:
            refusal = messages.Notice(messages.sentence(error))
    may_approve = row.approved_at is None and officer().id not in (row.asked_by, row.person_id)
    return page(
        "admin/rule_exception.html", RULES, form=form, refusal=refusal, row=row, person=person, what=_from_what(row),
        asker=_name(row.asked_by), approver=_name(row.approved_by), may_approve=may_approve,
    )  # fmt: skip


def _mine(exception_id: str) -> tuple[FactorException, Person]:
    try:
        row, person = services().exceptions.get(exception_id[:26])
    except NotFound:
        raise unknown() from None
    return row, services().administration.scope.person(officer(), person.id, _WRITE)


def _from_what(row: FactorException) -> str:
    if row.rule_id is None:
        return str(gettext("From every rule"))
    return ": ".join(in_words(services().enforcement.get(row.rule_id)))


def _name(person_id: str | None) -> str | None:
    person = services().people.get(person_id) if person_id else None
    return person.full_name if person else None
