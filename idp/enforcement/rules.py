"""The rules of security administrators: asked at every sign-in, changed with a record, tried out before they start."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory.vocabulary import EmploymentStatus
from idp.enforcement.models import FactorRule
from idp.enforcement.store import RuleStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid, NotFound
from idp.kernel.randomness import Randomness, new_id
from idp.policy.permissions import Role, is_administrative
from idp.policy.second_factor import RANKS, SUBJECTS, Demand, FactorFacts, Level, Remembering, Rule, Subject, demand, remembering

_TRUSTED = timedelta(seconds=5)
MOST_REMEMBER_DAYS = 30


class RuleCache:
    """The rules as a process last read them: trusted for five seconds, since they change rarely and are asked often."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: tuple[Rule, ...] = ()
        self._read_at: datetime | None = None

    def get(self, now: datetime) -> tuple[Rule, ...] | None:
        """The rules, or None when they must be read again (also after the clock went backwards)."""
        with self._lock:
            fresh = self._read_at is not None and timedelta(0) <= now - self._read_at < _TRUSTED
            return self._rules if fresh else None

    def put(self, rules: tuple[Rule, ...], now: datetime) -> None:
        """Remember."""
        with self._lock:
            self._rules, self._read_at = rules, now

    def forget(self) -> None:
        """A rule was changed here."""
        with self._lock:
            self._read_at = None


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people of one government that a rule would touch."""

    government_code: str | None
    government: str | None
    people: int
    to_enrol: int


class Enforcement:
    """Demands, rules, dry runs. cache None: the rules are read each time."""

    def __init__(
        self, store: RuleStore, audit: AuditLog, clock: Clock, randomness: Randomness, *, default: Level, cache: RuleCache | None = None,
        remember_days: int = 0,
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._randomness = randomness
        self._default = default
        self._cache = cache or RuleCache()
        self._remember_days = remember_days

    def demand(
        self, person_id: str | None, government: str | None, roles: Collection[str], status: str | None, client_id: str | None
    ) -> Demand:
        """What is demanded of this person now, for this application (None: our own pages)."""
        now = self._clock.now()
        facts = FactorFacts(
            person_id, government, frozenset(roles), status, client_id, administrative=any(map(is_administrative, roles))
        )
        return demand(facts, self._rules(now), now, default=self._default)

    def ceiling(self) -> int:
        """The highest rank that anything here can demand of anybody: 2 until a rule or the default asks for a phishing-resistant factor."""
        return max(2, RANKS[self._default], *(RANKS[rule.demand] for rule in self._rules(self._clock.now())))

    def remembering(
        self, person_id: str, government: str | None, roles: Collection[str], status: str | None, client_id: str | None
    ) -> Remembering:
        """For how long a device of this person may be remembered, for this application."""
        now, administrative = self._clock.now(), any(map(is_administrative, roles))
        facts = FactorFacts(person_id, government, frozenset(roles), status, client_id, administrative=administrative)
        return remembering(facts, self._rules(now), now, default=self._default, default_days=self._remember_days)

    def list(self, *, ended: bool = False) -> Sequence[FactorRule]:
        """The rules, newest first; with `ended` those of the past too."""
        now = self._clock.now()
        return [rule for rule in self._store.all() if ended or rule.ended_at is None or rule.ended_at > now]

    def set(
        self, actor: Actor, subject: str, value: str, level: str, *, starts_at: datetime | None = None, remember_days: int | None = None
    ) -> FactorRule:
        """Demand `level` of `subject` `value` from `starts_at` (default now) on, in place of an earlier rule about the same.

        Raises Invalid for an unknown subject, value or level. While the new rule waits for its start, the old one stands.
        """
        kind, checked, demanded = self._check(subject, value, level)
        if remember_days is not None and not 0 <= remember_days <= MOST_REMEMBER_DAYS:
            raise Invalid("rule.remember_days", f"remember: 0 to {MOST_REMEMBER_DAYS} days", field="remember_days")
        now = self._clock.now()
        start = max(starts_at, now) if starts_at else now
        self._store.end(start, now, subject=kind, value=checked)
        rule = FactorRule(
            id=new_id(self._randomness, now), subject=kind, value=checked, demand=demanded, starts_at=start, created_at=now,
            created_by=actor.id, remember_days=remember_days,
        )  # fmt: skip
        self._store.add(rule)
        self._changed(actor, rule, action="set")
        return rule

    def end(self, actor: Actor, rule_id: str) -> None:
        """End a rule; NotFound when there is none that has not ended."""
        now = self._clock.now()
        if not self._store.end(now, now, rule_id=rule_id):
            raise NotFound("rule.unknown", "there is no such rule, or it has ended")
        rule = next(rule for rule in self._store.all() if rule.id == rule_id)
        self._changed(actor, rule, action="end")

    def simulate(self, subject: str, value: str, level: str) -> Sequence[Cohort]:
        """A dry run: by government, how many active people the rule would touch and how many would have to enrol."""
        kind, checked, demanded = self._check(subject, value, level)
        if RANKS[demanded] < RANKS["any"]:
            return []
        rows = self._store.to_enrol(kind, checked, resistant=demanded == "phishing_resistant")
        return [Cohort(row.government_code, row.name, row.people, row.to_enrol) for row in rows]

    def _rules(self, now: datetime) -> tuple[Rule, ...]:
        known = self._cache.get(now)
        if known is None:
            known = tuple(_rule(row) for row in self._store.standing(now))
            self._cache.put(known, now)
        return known

    def _check(self, subject: str, value: str, level: str) -> tuple[Subject, str, Level]:
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
        if kind == "government" and not self._store.government_exists(text):
            raise Invalid("rule.value", "value: there is no government with this code", field="value")
        return kind, text, demanded

    def _changed(self, actor: Actor, rule: FactorRule, *, action: str) -> None:
        self._cache.forget()
        self._audit.record(
            Tag.POLICY_CHANGE, actor, subject=("factor_rule", rule.id), government=rule.value if rule.subject == "government" else None,
            action=action, about=rule.subject, value=rule.value, demand=rule.demand, starts_at=rule.starts_at.isoformat(),
            remember_days=rule.remember_days,
        )  # fmt: skip


def _rule(row: Any) -> Rule:
    return Rule(row.subject, row.value, row.demand, row.starts_at, row.ended_at, row.id, row.remember_days)

