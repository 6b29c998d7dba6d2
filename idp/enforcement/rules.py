"""The rules of security administrators: asked at every sign-in, changed with a record."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.enforcement.models import FactorRule
from idp.enforcement.new_rule import NewRule, checked_rule, rule_of
from idp.enforcement.rulebook import Rulebook, RuleCache
from idp.enforcement.store import RuleStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import NotFound
from idp.kernel.randomness import Randomness, new_id
from idp.policy.explaining import Explained, explain
from idp.policy.permissions import Place, is_administrative
from idp.policy.second_factor import (
    ANNOUNCED,
    RANKS,
    Ahead,
    Demand,
    Exemption,
    FactorFacts,
    Level,
    Remembering,
    Rule,
    Spent,
    demand,
    remembering,
)

__all__ = ["Enforcement", "NewRule", "RuleCache"]

class Enforcement:
    """Demands and rules. cache None: they are read each time."""

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

    # -- asking --------------------------------------------------------------------------------------------------

    def demand(
        self, person_id: str | None, government: str | None, roles: Collection[str], status: str | None, client_id: str | None, *,
        unit_line: Callable[[], Iterable[str]] = tuple, going_on: bool = False,
    ) -> Demand:  # fmt: skip
        """What is demanded of this person now, for this application (None: our own pages).

        unit_line: gives their units and all above, asked only where a rule is about a unit; going_on: see FactorFacts.
        """
        now = self._clock.now()
        book = self._book(now)
        facts = self._facts(book, now, person_id, government, roles, status, client_id, unit_line, going_on=going_on)
        return demand(facts, book.rules, now, default=self._default, exemptions=book.of(person_id))

    def explain(
        self, person_id: str, government: str | None, roles: Collection[str], status: str | None, client_id: str | None, *,
        unit_line: Callable[[], Iterable[str]] = tuple,
    ) -> Explained:  # fmt: skip
        """The same decision for somebody who signs in now, with every rule that speaks about them."""
        now = self._clock.now()
        book = self._book(now)
        facts = self._facts(book, now, person_id, government, roles, status, client_id, unit_line)
        return explain(facts, book.rules, now, default=self._default, exemptions=book.of(person_id))

    def ceiling(self) -> int:
        """The highest rank that anything here can demand of anybody now: 2 until a rule or the default asks for more."""
        now = self._clock.now()
        return max(2, RANKS[self._default], self._book(now).strictest(now))

    def remembering(
        self, person_id: str, government: str | None, roles: Collection[str], status: str | None, client_id: str | None, *,
        unit_line: Callable[[], Iterable[str]] = tuple,
    ) -> Remembering:  # fmt: skip
        """For how long a device of this person may be remembered, for this application."""
        now = self._clock.now()
        book = self._book(now)
        facts = self._facts(book, now, person_id, government, roles, status, client_id, unit_line)
        return remembering(
            facts, book.rules, now, default=self._default, default_days=self._remember_days, exemptions=book.of(person_id)
        )

    def warns(self) -> bool:
        """True when some rule is in its grace or about to start, so that somebody is to be told."""
        now = self._clock.now()
        return any(rule.starts_at - ANNOUNCED <= now < rule.binds_at for rule in self._book(now).rules)

    def spend(self, actor: Actor, person_id: str, government: str | None, ahead: Iterable[Ahead]) -> bool:
        """Use one sign-in of the grace of each rule that counts them; False when one has none left any more."""
        now = self._clock.now()
        rules = {rule.id: rule for rule in self._book(now).rules}
        for one in ahead:
            rule = rules.get(one.rule_id)
            if rule is None or rule.grace_sign_ins is None or one.starts_at > now:
                continue
            if not self._store.spend(rule.id, person_id, rule.grace_sign_ins, now):
                return False
            self._audit.record(Tag.GRACE_USE, actor, subject=("person", person_id), government=government, rule=rule.id)
        return True

    # -- changing ------------------------------------------------------------------------------------------------

    def list(self, *, ended: bool = False) -> Sequence[FactorRule]:
        """The rules, newest first; with `ended` those of the past too."""
        now = self._clock.now()
        return [rule for rule in self._store.all() if ended or rule.ended_at is None or rule.ended_at > now]

    def get(self, rule_id: str) -> FactorRule:
        """By id; raises NotFound."""
        rule = self._store.rule(rule_id)
        if rule is None:
            raise NotFound("rule.unknown", "there is no such rule, or it has ended")
        return rule

    def set(
        self, actor: Actor, subject: str, value: str, level: str, *, starts_at: datetime | None = None, remember_days: int | None = None,
        application: str | None = None, grace_days: int | None = None, grace_sign_ins: int | None = None,
    ) -> FactorRule:  # fmt: skip
        """Demand `level` of `subject` `value` from `starts_at` (default now) on, in place of an earlier rule about the same.

        Raises Invalid for a bad value. While the new rule waits for its start or gives grace, the old one stands.
        """
        new = NewRule(subject, value, level, starts_at, application, grace_days, grace_sign_ins, remember_days)
        return self._make(actor, new, replace=True)

    def add(self, actor: Actor, new: NewRule) -> FactorRule:
        """One more rule beside all others; raises Invalid for a bad value."""
        return self._make(actor, new, replace=False)

    def check(self, new: NewRule) -> Rule:
        """The rule that `new` would make, for a dry run; raises Invalid as making it would."""
        return checked_rule(self._store, new, "new", self._clock.now())

    def end(self, actor: Actor, rule_id: str) -> None:
        """End a rule; NotFound when there is none that has not ended."""
        now = self._clock.now()
        if not self._store.end(now, now, rule_id=rule_id):
            raise NotFound("rule.unknown", "there is no such rule, or it has ended")
        self._changed(actor, next(rule for rule in self._store.all() if rule.id == rule_id), action="end")

    def place(self, rule: Rule | FactorRule) -> Place:
        """Where a rule reaches: who makes it must hold policy:write there."""
        if rule.subject == "government":
            return Place(rule.value)
        if rule.subject == "unit":
            unit = self._store.unit(rule.value)
            return Place(unit.government_code, (unit.id,)) if unit else Place()
        if rule.subject == "person":
            person = self._store.person(rule.value)
            return Place(person.government_code) if person else Place()
        return Place()

    def book(self) -> Rulebook:
        """Rules and exceptions as this process knows them."""
        return self._book(self._clock.now())

    def forget(self) -> None:
        """An exception was changed here: read the book anew."""
        self._cache.forget()

    @property
    def default(self) -> Level:
        """What the installation demands of everybody."""
        return self._default

    def _book(self, now: datetime) -> Rulebook:
        known = self._cache.get(now)
        if known is None:
            rules = tuple(rule_of(row) for row in self._store.standing(now))
            known = Rulebook(rules, tuple(Exemption(*row) for row in self._store.exemptions(now)))
            self._cache.put(known, now)
        return known

    def _facts(
        self, book: Rulebook, now: datetime, person_id: str | None, government: str | None, roles: Collection[str], status: str | None,
        client_id: str | None, unit_line: Callable[[], Iterable[str]], *, going_on: bool = False,
    ) -> FactorFacts:  # fmt: skip
        return FactorFacts(
            person_id, government, frozenset(roles), status, client_id, administrative=any(map(is_administrative, roles)),
            unit_line=frozenset(unit_line()) if book.knows_units() else frozenset(), going_on=going_on,
            spent=self._spent(person_id) if person_id and book.counts_sign_ins(now) else {},
        )  # fmt: skip

    def _spent(self, person_id: str) -> dict[str, Spent]:
        return {row.rule_id: Spent(row.used, row.last_at) for row in self._store.spent(person_id)}

    def _make(self, actor: Actor, new: NewRule, *, replace: bool) -> FactorRule:
        now = self._clock.now()
        checked = checked_rule(self._store, new, new_id(self._randomness, now), now)
        if replace:
            self._store.end(checked.binds_at, now, subject=checked.subject, value=checked.value, application=checked.application)
        rule = FactorRule(
            id=checked.id, subject=checked.subject, value=checked.value, demand=checked.demand, starts_at=checked.starts_at,
            created_at=now, created_by=actor.id, remember_days=checked.remember_days, application=checked.application,
            grace_days=checked.grace_days, grace_sign_ins=checked.grace_sign_ins, scope=new.scope,
        )  # fmt: skip
        self._store.add(rule)
        self._changed(actor, rule, action="set")
        return rule

    def _changed(self, actor: Actor, rule: FactorRule, *, action: str) -> None:
        self._cache.forget()
        self._audit.record(
            Tag.POLICY_CHANGE, actor, subject=("factor_rule", rule.id), government=self.place(rule).government_code, action=action,
            about=rule.subject, value=rule.value, demand=rule.demand, starts_at=rule.starts_at.isoformat(),
            remember_days=rule.remember_days, application=rule.application, grace_days=rule.grace_days,
            grace_sign_ins=rule.grace_sign_ins,
        )  # fmt: skip
