"""A rule somebody wants to make, and the rule that comes of it once every value is checked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.directory.vocabulary import EmploymentStatus
from idp.enforcement.store import RuleStore
from idp.kernel.errors import Invalid
from idp.policy.permissions import Role
from idp.policy.second_factor import RANKS, SUBJECTS, Level, Rule, Subject

MOST_REMEMBER_DAYS = 30
MOST_GRACE_DAYS = 180
MOST_GRACE_SIGN_INS = 50


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to make; see enforcement.models.FactorRule."""

    subject: str
    value: str
    demand: str
    starts_at: datetime | None = None
    application: str | None = None
    grace_days: int | None = None
    grace_sign_ins: int | None = None
    remember_days: int | None = None
    scope: str | None = None


def checked_rule(store: RuleStore, new: NewRule, rule_id: str, now: datetime) -> Rule:
    """The rule that `new` describes, from `now` on at the earliest; raises Invalid for a bad value."""
    kind, value, demanded = _check(store, new.subject, new.value, new.demand)
    application = new.application or None
    if kind == "client" and application:
        raise Invalid("rule.application", "application: a rule about an application names it already", field="application")
    if kind == "global" and application:
        kind, value, application = "client", application, None
    _within(new.remember_days, "remember_days", MOST_REMEMBER_DAYS, "remember: 0 to {most} days", least=0)
    _within(new.grace_days, "grace_days", MOST_GRACE_DAYS, "grace: 1 to {most} days")
    _within(new.grace_sign_ins, "grace_sign_ins", MOST_GRACE_SIGN_INS, "grace: 1 to {most} sign-ins")
    start = max(new.starts_at, now) if new.starts_at else now
    return Rule(kind, value, demanded, start, None, rule_id, new.remember_days, application, new.grace_days, new.grace_sign_ins)


def _check(store: RuleStore, subject: str, value: str, level: str) -> tuple[Subject, str, Level]:
    if subject not in SUBJECTS:
        raise Invalid("rule.subject", f"subject: must be one of {', '.join(SUBJECTS)}", field="subject")
    if level not in RANKS:
        raise Invalid("rule.demand", f"demand: must be one of {', '.join(RANKS)}", field="demand")
    kind, demanded, text = subject, level, value.strip()
    if kind == "global":
        return kind, "", demanded
    known: dict[str, Collection[str]] = {"role": list(Role), "status": list(EmploymentStatus)}
    if not text or len(text) > 128 or (kind in known and text not in known[kind]):
        raise Invalid("rule.value", f"value: there is no such {kind}", field="value")
    if kind == "government" and not store.government_exists(text):
        raise Invalid("rule.value", "value: there is no government with this code", field="value")
    if kind == "unit" and store.unit(text) is None:
        raise Invalid("rule.value", "value: there is no such unit", field="value")
    return kind, text, demanded


def rule_of(row: Any) -> Rule:
    """The rule of a row of the store."""
    return Rule(
        row.subject, row.value, row.demand, row.starts_at, row.ended_at, row.id, row.remember_days, row.application, row.grace_days,
        row.grace_sign_ins,
    )  # fmt: skip


def _within(value: int | None, field: str, most: int, sentence: str, *, least: int = 1) -> None:
    if value is not None and not least <= value <= most:
        raise Invalid(f"rule.{field}", sentence.format(most=most), field=field)
