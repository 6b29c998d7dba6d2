"""The form of a rule, for the pages of rules and of campaigns: its choices, and the rule that was typed, within the officer's part."""

from datetime import datetime, time
from typing import TypeVar

from flask_babel import gettext

from idp.administration.errors import OutOfScope
from idp.directory.days import WIB
from idp.directory.vocabulary import EmploymentStatus
from idp.enforcement.models import FactorRule
from idp.enforcement.new_rule import NewRule
from idp.kernel.errors import Invalid
from idp.policy.permissions import Officer, Permission, Place, Role, is_administrative
from idp.policy.second_factor import RANKS, Rule
from idp.web import language, rule_words
from idp.web.admin import names
from idp.web.admin.people import governments_of
from idp.web.coming import gettext_plain
from idp.web.edge import services
from idp.web.forms.rules import RuleForm
from idp.web.rule_names import about, namer

ARuleForm = TypeVar("ARuleForm", bound=RuleForm)
_WRITE = Permission.POLICY_WRITE


def prepared(form: ARuleForm, who: Officer) -> ARuleForm:
    """The same form with what this officer may choose."""
    where = who.reach(_WRITE)
    kinds = {
        "global": gettext("Everybody"), "government": gettext("An agency"), "unit": gettext("A unit and below"),
        "role": gettext("A role"), "status": gettext("An employment status"), "person": gettext("One person"),
    }  # fmt: skip
    narrow = ("government", "unit", "person") if where.governments else ("unit", "person")
    form.subject.choices = [(kind, words) for kind, words in kinds.items() if where.everywhere or kind in narrow]
    form.government.choices = [(one.code, one.name) for one in governments_of(who, _WRITE)]
    form.role.choices = [(role.value, names.role_name(role)) for role in Role if is_administrative(role)]
    form.role.choices.append((Role.DEVELOPER.value, names.role_name(Role.DEVELOPER)))
    form.status.choices = [(one.value, one.value) for one in EmploymentStatus]
    form.demand.choices = [(level, rule_words.level(level, gettext_plain)) for level in RANKS if level != "none"]
    return form


def typed_rule(form: RuleForm, who: Officer) -> NewRule:
    """The rule of a valid form; raises Invalid, and OutOfScope or RightMissing for what is not the officer's."""
    application = form.application.data or None
    if application is not None and services().registry.find(application) is None:
        raise Invalid("rule.application", "there is no such application", field="application")
    kind, value = form.subject.data, _value(form, who)
    remember = getattr(form, "remember_days", None)
    start = datetime.combine(form.start.data, time(), WIB) if form.start.data else None
    new = NewRule(
        kind, value, form.demand.data, start, application, form.grace_days.data, form.grace_sign_ins.data,
        remember.data if remember is not None else None, None if who.reach(_WRITE).everywhere else _government(form, kind, value),
    )  # fmt: skip
    checked = services().enforcement.check(new)
    if kind != "person" and not may(who, checked, _WRITE):
        raise OutOfScope(("factor_rule", "new"), place(checked).government_code, _WRITE)
    return new


def _value(form: RuleForm, who: Officer) -> str:
    kind = form.subject.data
    if kind == "unit":
        return services().organisations.unit_by_code(form.government.data, form.unit.data or "").id
    if kind == "person":
        found = services().people.find_for_sign_in(form.person.data or "")
        if found is None:
            raise Invalid("rule.person", "there is no such person", field="person")
        return services().administration.scope.person(who, found.id, _WRITE).id
    return str({"government": form.government.data, "role": form.role.data, "status": form.status.data}.get(kind, ""))


def _government(form: RuleForm, kind: str, value: str) -> str | None:
    if kind == "person":
        person = services().people.get(value)
        return person.government_code if person else None
    return str(form.government.data)


def place(rule: Rule | FactorRule) -> Place:
    """Where a rule reaches, with every unit above it."""
    found = services().enforcement.place(rule)
    if rule.subject == "unit":
        return Place(found.government_code, services().organisations.line(rule.value))
    if rule.subject == "person":
        person = services().people.get(rule.value)
        return services().administration.scope.place_of(person) if person else found
    return found


def may(who: Officer, rule: Rule | FactorRule, permission: Permission) -> bool:
    """True when the officer may do this to a rule there; ending one also takes what its maker held."""
    mine = who.may(permission, place(rule))
    if permission is _WRITE and isinstance(rule, FactorRule):
        return mine and (rule.scope is None) <= who.reach(_WRITE).everywhere
    return mine


def sees(who: Officer, rule: Rule | FactorRule) -> bool:
    """True for a rule of the officer's part, and for one that reaches into it from above."""
    return rule.subject in ("global", "role", "status", "client") or may(who, rule, Permission.POLICY_READ)


def in_words(rule: Rule | FactorRule) -> tuple[str, str]:
    """(whom it is about, what it demands)."""
    who = about(rule.subject, rule.value, rule.application, name_here, gettext_plain)
    return who[:1].upper() + who[1:], rule_words.level(rule.demand, gettext_plain)


def name_here(kind: str, value: str) -> str:
    """The name of what a rule is about, in the language of this page."""
    return names.role_name(value) if kind == "role" else namer(services(), language.current())(kind, value)
