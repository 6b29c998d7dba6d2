"""Why this much is demanded: every rule that speaks about somebody, and what becomes of it. Pure; says nothing in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from idp.policy.second_factor import (
    RANKS,
    Ahead,
    Demand,
    Exemption,
    FactorFacts,
    Level,
    Rule,
    demand,
    exempted,
    grace,
    speaks_about,
    stands,
)

Verdict = Literal["decides", "as_strict", "weaker", "grace", "future", "excepted"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule and what becomes of it. ahead: what is left of its grace; exemption: what lifts it."""

    rule: Rule
    verdict: Verdict
    ahead: Ahead | None = None
    exemption: Exemption | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """What is demanded, and every rule that speaks about it, the strictest first."""

    demand: Demand
    reasons: tuple[Reason, ...]


def explain(
    facts: FactorFacts, rules: Iterable[Rule], now: datetime, *, default: Level, exemptions: Iterable[Exemption] = ()
) -> Explained:
    """The decision of `demand` with its reasons; rules that have ended or speak of others are left out."""
    every, mine = tuple(rules), tuple(exemptions)
    found = demand(facts, every, now, default=default, exemptions=mine)
    reasons = [
        _reason(rule, facts, found, now, mine)
        for rule in every
        if speaks_about(rule, facts) and (rule.ended_at is None or rule.ended_at > now)
    ]
    order = {"decides": 0, "as_strict": 1, "grace": 2, "excepted": 3, "future": 4, "weaker": 5}
    return Explained(found, tuple(sorted(reasons, key=lambda one: (order[one.verdict], one.rule.starts_at, one.rule.id))))


def _reason(rule: Rule, facts: FactorFacts, found: Demand, now: datetime, exemptions: tuple[Exemption, ...]) -> Reason:
    exemption = exempted(rule.id, exemptions, facts, now)
    if exemption is not None:
        return Reason(rule, "excepted", exemption=exemption)
    if not stands(rule, now):
        return Reason(rule, "future")
    left = grace(rule, facts, now)
    if left is not None:
        return Reason(rule, "grace", left)
    if rule.id == found.rule_id:
        return Reason(rule, "decides")
    return Reason(rule, "as_strict" if RANKS[rule.demand] == found.rank else "weaker")
