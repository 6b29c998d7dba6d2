"""Second-factor rules: what stands, adding one after trying it out, ending one, and which applies to somebody and why."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.administration.errors import OutOfScope, RightMissing, unknown
from idp.enforcement.models import FactorRule
from idp.kernel.errors import Invalid, NotFound
from idp.policy.permissions import Permission
from idp.policy.second_factor import Rule
from idp.web import language, messages, rule_words
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.pages import page, say
from idp.web.admin.rule_form import in_words, may, name_here, place, prepared, sees, typed_rule
from idp.web.coming import gettext_plain
from idp.web.edge import actor, deps, services
from idp.web.forms import ActionForm
from idp.web.forms.rules import NewRuleForm
from idp.web.guards import read_only

bp = Blueprint("admin_rules", __name__)

RULES = "/admin/rules"
_READ, _WRITE = Permission.POLICY_READ, Permission.POLICY_WRITE


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule as the list has it. state: future | grace | binding."""

    row: FactorRule
    who: str
    what: str
    state: str
    binds_at: Any
    may_end: bool


@bp.get(RULES)
@read_only
@admin(_READ)
def rules() -> ResponseReturnValue:
    """Every rule that reaches into the officer's part, newest first; the exceptions asked for and given."""
    who = officer()
    rows = [_shown(row) for row in services().enforcement.list() if sees(who, row)]
    default = rule_words.level(services().enforcement.default, gettext_plain)
    waiting = [row for row, person in services().exceptions.list() if who.may(_READ, services().administration.scope.place_of(person))]
    return page("admin/rules.html", RULES, rows=rows, default=default, may_write=bool(who.reach(_WRITE)), exceptions=len(waiting))


@bp.route(f"{RULES}/add", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def add() -> ResponseReturnValue:
    """Try a rule out, then add it beside the others: the strictest wins."""
    form, refusal, found = prepared(form_of(NewRuleForm), officer()), None, None
    if form.validate_on_submit():
        try:
            new = typed_rule(form, officer())
            if request.form.get("do") == "add":
                services().enforcement.add(actor(), new)
                say(gettext("The rule has been added."))
                return redirect(RULES, 303)
            found = services().dry_run.forecast(new)
        except (Invalid, NotFound) as error:
            if isinstance(error, OutOfScope):
                raise
            refusal = messages.Notice(messages.sentence(error))
    return page("admin/rule_add.html", RULES, form=form, refusal=refusal, forecast=found)


@bp.route(f"{RULES}/<rule_id>/end", methods=["GET", "POST"])
@admin(_WRITE, fresh=True)
def end(rule_id: str) -> ResponseReturnValue:
    """A rule demands nothing any more."""
    row = next((one for one in services().enforcement.list() if one.id == rule_id[:26]), None)
    if row is None:
        raise unknown()
    if not sees(officer(), row):
        raise OutOfScope(("factor_rule", row.id), place(row).government_code, _WRITE)
    if not may(officer(), row, _WRITE):
        raise RightMissing(_WRITE, subject=("factor_rule", row.id))
    form = ActionForm()
    if form.validate_on_submit():
        services().enforcement.end(actor(), row.id)
        say(gettext("The rule has ended."))
        return redirect(RULES, 303)
    return page("admin/rule_end.html", RULES, form=form, one=_shown(row))


@bp.get(f"{RULES}/explain")
@read_only
@admin(_READ)
def explain() -> ResponseReturnValue:
    """What a person must prove to open an application, and which rule says so."""
    typed, client_id = request.args.get("person", "")[:200].strip(), request.args.get("client", "")[:128].strip()
    values: dict[str, Any] = {"typed": typed, "client_id": client_id, "lines": (), "person": None, "missing": None}
    person = services().people.find_for_sign_in(typed) if typed else None
    client = services().registry.find(client_id) if client_id else None
    if typed and (person is None or not officer().may(_READ, services().administration.scope.place_of(person))):
        values["missing"] = gettext("There is nobody of this name in your part.")
    elif client_id and client is None:
        values["missing"] = gettext("There is no such application.")
    elif person is not None:
        found = services().explaining.explain(person, client)
        lines = rule_words.explanation(found, name_here, gettext_plain, language.current())
        may_except = officer().may(_WRITE, services().administration.scope.place_of(person))
        values |= {"person": person, "lines": lines, "outcome": found.outcome, "may_except": may_except}
    return page("admin/rule_explain.html", RULES, **values)


def _shown(row: FactorRule) -> Shown:
    rule = Rule(
        row.subject, row.value, row.demand, row.starts_at, None, row.id, None, row.application, row.grace_days, row.grace_sign_ins  # type: ignore[arg-type]
    )
    now, (who, what) = deps().clock.now(), in_words(row)
    state = "future" if row.starts_at > now else "grace" if now < rule.binds_at else "binding"
    return Shown(row, who, what, state, rule.binds_at, may(officer(), row, _WRITE))

