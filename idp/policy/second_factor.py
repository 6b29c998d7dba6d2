"""Which second factor is demanded: the strictest of everything that speaks about this person and this application.

Pure, and the same for whoever asks: sign-in, step-up, a session that goes on, a refresh, an exchange. Adding a rule never
weakens; their order does not matter; only an exception that somebody approved lifts one, for its time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

Level = Literal["none", "any", "totp", "phishing_resistant"]
Subject = Literal["global", "government", "unit", "role", "status", "client", "person"]

# The scale of policy.assurance: "any" is two factors, "totp" the app's own code (or a key), the last one a key.
RANKS: dict[Level, int] = {"none": 1, "any": 2, "totp": 3, "phishing_resistant": 4}
LEVELS: dict[int, Level] = {rank: level for level, rank in RANKS.items()}
SUBJECTS: tuple[Subject, ...] = ("global", "government", "unit", "role", "status", "client", "person")

# A session of the last sign-in that grace allowed goes on for half a day, whatever started it.
LAST_SIGN_IN = timedelta(hours=12)
# Grace counted in sign-ins ends by itself too, for whoever never signs in but keeps refreshing.
SIGN_INS_DAYS = 30
# Before a rule starts, people are told of it at sign-in for this long.
ANNOUNCED = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Rule:
    """One decision of a security administrator; `value` names the government, unit, role, status, client or person.

    application: only for this client; grace_days, grace_sign_ins: how long, or how often, people may go on without after
    `starts_at`; where both are given, the first to end ends it.
    """

    subject: Subject
    value: str
    demand: Level
    starts_at: datetime
    ended_at: datetime | None = None
    id: str = ""
    remember_days: int | None = None
    application: str | None = None
    grace_days: int | None = None
    grace_sign_ins: int | None = None

    @property
    def binds_at(self) -> datetime:
        """The moment from which it binds everybody, however few sign-ins they had."""
        days = self.grace_days
        if days is None and self.grace_sign_ins is not None:
            days = SIGN_INS_DAYS
        return self.starts_at + timedelta(days=days or 0)

    @property
    def about(self) -> str:
        """``global``, ``government:12.71``: what it is about, as reasons name it."""
        return self.subject if self.subject == "global" else f"{self.subject}:{self.value}"


@dataclass(frozen=True, slots=True)
class Exemption:
    """Somebody need not obey one rule, or any (`rule_id` None), for one application or for all, until it expires."""

    id: str
    person_id: str
    expires_at: datetime
    rule_id: str | None = None
    application: str | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """How many of a rule's grace sign-ins a person has used, and when the last."""

    used: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class FactorFacts:
    """Whom it is about and what they want to use.

    unit_line: their units and all above; going_on: nobody signs in now, something started earlier goes on (a session, a
    grant); spent: the grace sign-ins used, by rule.
    """

    person_id: str | None
    government: str | None
    roles: frozenset[str]
    status: str | None
    client_id: str | None
    administrative: bool = False
    unit_line: frozenset[str] = frozenset()
    going_on: bool = False
    spent: Mapping[str, Spent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A rule that will demand more: of what rank, from when at the latest, and after how many more sign-ins (None: uncounted)."""

    rank: int
    reason: str
    rule_id: str
    starts_at: datetime
    binds_at: datetime
    sign_ins_left: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """rank: what must be reached; reason: what demanded it, e.g. ``default`` or ``government:12.71``; rule_id: which rule.

    ahead: what will demand more than that, the soonest first; lifted: exceptions without which it would be more.
    """

    rank: int
    reason: str
    rule_id: str | None = None
    ahead: tuple[Ahead, ...] = ()
    lifted: tuple[str, ...] = ()


def speaks_about(rule: Rule, facts: FactorFacts) -> bool:
    """True when the rule names this person and this application, whatever the time."""
    if rule.application is not None and rule.application != facts.client_id:
        return False
    match rule.subject:
        case "global":
            return True
        case "government":
            return rule.value == facts.government
        case "unit":
            return rule.value in facts.unit_line
        case "role":
            return rule.value in facts.roles
        case "status":
            return rule.value == facts.status
        case "client":
            return rule.value == facts.client_id
        case "person":
            return rule.value == facts.person_id


def stands(rule: Rule, now: datetime) -> bool:
    """True from its start to its end; both are checked here."""
    return rule.starts_at <= now and (rule.ended_at is None or rule.ended_at > now)


def applies(rule: Rule, facts: FactorFacts, now: datetime) -> bool:
    """True when the rule is active now, in its grace or after, and speaks about these facts."""
    return stands(rule, now) and speaks_about(rule, facts)


def grace(rule: Rule, facts: FactorFacts, now: datetime) -> Ahead | None:
    """What is left of the grace of a rule for this person; None when it binds them now, or when it has none."""
    if now >= rule.binds_at:
        return None
    left = None
    if rule.grace_sign_ins is not None:
        spent = facts.spent.get(rule.id)
        left = max(0, rule.grace_sign_ins - (spent.used if spent else 0))
        last_goes_on = facts.going_on and spent is not None and now < spent.last_at + LAST_SIGN_IN
        if left == 0 and not last_goes_on:
            return None
    return _ahead(rule, left)


def exempted(rule_id: str | None, exemptions: Iterable[Exemption], facts: FactorFacts, now: datetime) -> Exemption | None:
    """The exception that lifts this rule (None: the default of the installation) from this person now, if any does."""
    for one in exemptions:
        mine = one.person_id == facts.person_id and one.application in (None, facts.client_id)
        if mine and now < one.expires_at and (one.rule_id is None or one.rule_id == rule_id):
            return one
    return None


def demand(
    facts: FactorFacts, rules: Iterable[Rule], now: datetime, *, default: Level, exemptions: Iterable[Exemption] = ()
) -> Demand:
    """The strictest demand. Administrators need a second factor whatever rules and exceptions say (product.md).

    A rule can only raise: "none" for one government does not weaken a stricter global rule.
    """
    mine = tuple(one for one in exemptions if one.person_id == facts.person_id)
    spared = exempted(None, mine, facts, now)
    found = Demand(RANKS["none"] if spared else RANKS[default], "default")
    lifted = {spared.id} if spared and default != "none" else set()
    if facts.administrative and found.rank < RANKS["any"]:
        found = Demand(RANKS["any"], "administrator")
    coming: list[Ahead] = []
    for rule in rules:
        if not speaks_about(rule, facts):
            continue
        exception = exempted(rule.id, mine, facts, now)
        if exception is not None:
            lifted |= {exception.id} if stands(rule, now) and RANKS[rule.demand] > RANKS["none"] else set()
            continue
        later = grace(rule, facts, now) if stands(rule, now) else _announced(rule, now)
        if later is not None:
            coming.append(later)
        elif stands(rule, now) and _stronger(rule, found):
            found = Demand(RANKS[rule.demand], rule.about, rule.id)
    ahead = sorted((one for one in coming if one.rank > found.rank), key=lambda one: (one.binds_at, -one.rank, one.rule_id))
    return Demand(found.rank, found.reason, found.rule_id, tuple(ahead), tuple(sorted(lifted)))


def _stronger(rule: Rule, found: Demand) -> bool:
    """Strictly, or as strict and named before it: so that the reason does not hang on the order either."""
    rank = RANKS[rule.demand]
    return rank > found.rank or (rank == found.rank and found.rule_id is not None and (rule.about, rule.id) < (found.reason, found.rule_id))


def _announced(rule: Rule, now: datetime) -> Ahead | None:
    soon = now < rule.starts_at <= now + ANNOUNCED and (rule.ended_at is None or rule.ended_at > rule.starts_at)
    return _ahead(rule, rule.grace_sign_ins) if soon else None


def _ahead(rule: Rule, left: int | None) -> Ahead:
    return Ahead(RANKS[rule.demand], rule.about, rule.id, rule.starts_at, rule.binds_at, left)


@dataclass(frozen=True, slots=True)
class Remembering:
    """days: for how long a device of this person may be remembered, 0 for not at all; version: changes with every rule about them."""

    days: int
    version: str


def remembering(
    facts: FactorFacts, rules: Iterable[Rule], now: datetime, *, default: Level, default_days: int, exemptions: Iterable[Exemption] = ()
) -> Remembering:
    """The shortest time of the rules that speak about it, else the installation's; never where more than that is at stake.

    A remembered device never stands in for an administrator's second factor, for the app's own code, nor for a
    phishing-resistant one. The version leaves the application out, so that it stays the same for one person whichever they open.
    """
    every = tuple(rules)
    active = [rule for rule in every if applies(rule, facts, now)]
    spoken = [rule.remember_days for rule in active if rule.remember_days is not None]
    strict = facts.administrative or demand(facts, every, now, default=default, exemptions=exemptions).rank > RANKS["any"]
    days = 0 if strict else min(spoken, default=default_days)
    seen = sorted(rule.id for rule in active if rule.subject != "client" and rule.application is None)
    version = sha256("\n".join([default, str(default_days), *seen]).encode()).hexdigest()[:32]
    return Remembering(days, version)
