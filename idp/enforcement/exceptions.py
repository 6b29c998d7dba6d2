"""Exceptions: one person asks for somebody, another approves, and it ends by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory.models import Person
from idp.enforcement.models import FactorException
from idp.enforcement.rules import Enforcement
from idp.enforcement.store import RuleStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from idp.kernel.randomness import Randomness, new_id

LONGEST = timedelta(days=90)
MOST_REASON = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom an exception is for, from what, until when and why. rule_id None: from every rule; application None: for all."""

    person_id: str
    expires_at: datetime
    reason: str
    rule_id: str | None = None
    application: str | None = None


class Exceptions:
    """Asks, approves, ends, lists. may: says whether somebody, by id, may write policy about a person."""

    def __init__(
        self, store: RuleStore, enforcement: Enforcement, audit: AuditLog, clock: Clock, randomness: Randomness, *,
        may: Callable[[str, Person], bool],
    ) -> None:  # fmt: skip
        self._store = store
        self._enforcement = enforcement
        self._audit = audit
        self._clock = clock
        self._randomness = randomness
        self._may = may

    def ask(self, actor: Actor, asked: Asked, *, asked_by: str | None = None) -> FactorException:
        """Ask for an exception; it counts for nothing yet. asked_by: for whom an operator asks.

        Raises Invalid for a bad value, NotFound for an unknown person or rule, NotAllowed for one's own.
        """
        now, by = self._clock.now(), asked_by or actor.id
        person, reason = self._person(asked.person_id), " ".join(asked.reason.split())
        if by is None or self._store.person(by) is None:
            raise Invalid("exception.asker", "say which person asks for it", field="asked_by")
        if by == person.id:
            raise NotAllowed("exception.own", "nobody asks for an exception of their own")
        self._must_hold(by, person)
        if not reason or len(reason) > MOST_REASON:
            raise Invalid("exception.reason", f"reason: 1 to {MOST_REASON} characters", field="reason")
        if not now < asked.expires_at <= now + LONGEST:
            raise Invalid("exception.expires_at", f"until: in the future, at most {LONGEST.days} days ahead", field="expires_at")
        if asked.rule_id is not None:
            self._enforcement.get(asked.rule_id)
        row = FactorException(
            id=new_id(self._randomness, now), person_id=person.id, rule_id=asked.rule_id, application=asked.application or None,
            reason=reason, asked_by=by, asked_at=now, expires_at=asked.expires_at,
        )  # fmt: skip
        self._store.add(row)
        self._record(Tag.EXCEPTION_ASK, actor, person, row, until=row.expires_at.isoformat(), reason=reason, asked_by=by)
        return row

    def approve(self, actor: Actor, exception_id: str, *, approved_by: str | None = None) -> FactorException:
        """Let it count. approved_by: for whom an operator approves.

        Raises NotAllowed for whoever asked for it and for whom it is for, Conflict when it was answered or is over.
        """
        now, by = self._clock.now(), approved_by or actor.id
        row = self._row(exception_id)
        if by is None or self._store.person(by) is None:
            raise Invalid("exception.approver", "say which person approves it", field="approved_by")
        if by in (row.asked_by, row.person_id):
            raise NotAllowed("exception.same_person", "whoever approves is neither the person who asked nor the one it is for")
        self._must_hold(by, self._person(row.person_id))
        if row.approved_at or self._is_over(row) or not self._store.approve(exception_id, by, now):
            raise Conflict("exception.answered", "this exception was answered already, or is over")
        self._enforcement.forget()
        self._record(Tag.EXCEPTION_APPROVE, actor, self._person(row.person_id), row, approved_by=by, asked_by=row.asked_by)
        return row

    def end(self, actor: Actor, exception_id: str) -> FactorException:
        """End it now, or refuse what was asked; Conflict when it is over."""
        row = self._row(exception_id)
        if self._is_over(row) or not self._store.end_exception(exception_id, actor.id, self._clock.now()):
            raise Conflict("exception.answered", "this exception was answered already, or is over")
        self._enforcement.forget()
        self._record(Tag.EXCEPTION_END, actor, self._person(row.person_id), row)
        return row

    def list(self, *, past: bool = False, person_id: str | None = None) -> Sequence[tuple[FactorException, Person]]:
        """Exceptions and their people, newest first: those asked for and those that count; with `past` the others too."""
        return self._store.exceptions(open_at=None if past else self._clock.now(), person_id=person_id)

    def _person(self, person_id: str) -> Person:
        person = self._store.person(person_id)
        if person is None:
            raise NotFound("person.unknown", "there is no such user")
        return person

    def _is_over(self, row: FactorException) -> bool:
        return row.ended_at is not None or row.expires_at <= self._clock.now()

    def _must_hold(self, admin_id: str, person: Person) -> None:
        if not self._may(admin_id, person):
            raise NotAllowed("exception.beyond", "whoever asks and whoever approves may change second-factor rules for this person")

    def _row(self, exception_id: str) -> FactorException:
        row = self._store.exception(exception_id)
        if row is None:
            raise NotFound("exception.unknown", "there is no such exception")
        return row

    def get(self, exception_id: str) -> tuple[FactorException, Person]:
        """An exception and whom it is for; raises NotFound."""
        row = self._row(exception_id)
        return row, self._person(row.person_id)

    def _record(self, tag: Tag, actor: Actor, person: Person, row: FactorException, **details: str) -> None:
        self._audit.record(
            tag, actor, subject=("person", person.id), government=person.government_code, exception=row.id, rule=row.rule_id,
            application=row.application, **details,
        )  # fmt: skip
