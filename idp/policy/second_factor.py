"""Which second factor is demanded: the strictest of everything that speaks about this person and this application."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Level = Literal["none", "any", "phishing_resistant"]
Subject = Literal["global", "government", "role", "status", "client", "person"]

RANKS: dict[Level, int] = {"none": 1, "any": 2, "phishing_resistant": 3}
SUBJECTS: tuple[Subject, ...] = ("global", "government", "role", "status", "client", "person")


@dataclass(frozen=True, slots=True)
class Rule:
    """One decision of a security administrator; `value` names the government, role, status, client or person."""

    subject: Subject
    value: str
    demand: Level
    starts_at: datetime
    ended_at: datetime | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class FactorFacts:
    """Whom it is about and what they want to use."""

    person_id: str | None
    government: str | None
    roles: frozenset[str]
    status: str | None
    client_id: str | None
    administrative: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """rank: the acr rank that must be reached; reason: what demanded it, e.g. ``default`` or ``government:12.71``."""

    rank: int
    reason: str


def applies(rule: Rule, facts: FactorFacts, now: datetime) -> bool:
    """True when the rule is active now and speaks about these facts; both ends of its time are checked here."""
    if rule.starts_at > now or (rule.ended_at is not None and rule.ended_at <= now):
        return False
    match rule.subject:
        case "global":
            return True
        case "government":
            return rule.value == facts.government
        case "role":
            return rule.value in facts.roles
        case "status":
            return rule.value == facts.status
        case "client":
            return rule.value == facts.client_id
        case "person":
            return rule.value == facts.person_id


def demand(facts: FactorFacts, rules: Iterable[Rule], now: datetime, *, default: Level) -> Demand:
    """The strictest demand. Administrators need a second factor whatever the rules say (product.md).

    A rule can only raise: "none" for one government does not weaken a stricter global rule.
    """
    found = Demand(RANKS[default], "default")
    if facts.administrative and found.rank < 2:
        found = Demand(2, "administrator")
    for rule in rules:
        if RANKS[rule.demand] > found.rank and applies(rule, facts, now):
            reason = rule.subject if rule.subject == "global" else f"{rule.subject}:{rule.value}"
            found = Demand(RANKS[rule.demand], reason)
    return found
