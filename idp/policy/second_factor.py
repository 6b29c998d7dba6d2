"""Which second factor is demanded: the strictest of everything that speaks about this person and this application."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
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
    remember_days: int | None = None


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


@dataclass(frozen=True, slots=True)
class Remembering:
    """days: for how long a device of this person may be remembered, 0 for not at all; version: changes with every rule about them."""

    days: int
    version: str


def remembering(facts: FactorFacts, rules: Iterable[Rule], now: datetime, *, default: Level, default_days: int) -> Remembering:
    """The shortest time of the rules that speak about it, else the installation's; never where more than that is at stake.

    A remembered device never stands in for an administrator's second factor, nor for a phishing-resistant one. The version
    leaves the application out, so that it stays the same for one person whichever they open.
    """
    every = tuple(rules)
    active = [rule for rule in every if applies(rule, facts, now)]
    spoken = [rule.remember_days for rule in active if rule.remember_days is not None]
    strict = facts.administrative or demand(facts, every, now, default=default).rank > RANKS["any"]
    days = 0 if strict else min(spoken, default=default_days)
    seen = sorted(rule.id for rule in active if rule.subject != "client")
    version = sha256("\n".join([default, str(default_days), *seen]).encode()).hexdigest()[:32]
    return Remembering(days, version)
