"""The statements about rules, exceptions and used grace. Those that count people stand in cohorts/store.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from idp.db.upsert import insert_once
from idp.directory.models import Government, Person, Unit
from idp.enforcement.models import FactorException, FactorRule, GraceUse

_rule, _exception = FactorRule.__table__, FactorException.__table__
_STANDING = (
    select(
        _rule.c.id, _rule.c.subject, _rule.c.value, _rule.c.demand, _rule.c.starts_at, _rule.c.ended_at, _rule.c.remember_days,
        _rule.c.application, _rule.c.grace_days, _rule.c.grace_sign_ins,
    )
    .where(or_(_rule.c.ended_at.is_(None), _rule.c.ended_at > bindparam("now")))
    .order_by(_rule.c.id)
)  # fmt: skip
_EXEMPTIONS = (
    select(_exception.c.id, _exception.c.person_id, _exception.c.expires_at, _exception.c.rule_id, _exception.c.application)
    .where(_exception.c.approved_at.is_not(None), _exception.c.ended_at.is_(None), _exception.c.expires_at > bindparam("now"))
    .order_by(_exception.c.id)
)
_SPENT = select(GraceUse.rule_id, GraceUse.used, GraceUse.last_at).where(GraceUse.person_id == bindparam("person_id"))


class RuleStore:
    """Rules, exceptions, used grace."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # -- rules ---------------------------------------------------------------------------------------------------

    def standing(self, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
        """All rules that have not ended, those of the future too."""
        return self._session.connection().execute(_STANDING, {"now": now}).all()

    def all(self) -> list[FactorRule]:
        """All rules ever, newest first."""
        return list(self._session.scalars(select(FactorRule).order_by(FactorRule.id.desc())))

    def rule(self, rule_id: str) -> FactorRule | None:
        """By id."""
        return self._session.get(FactorRule, rule_id)

    def add(self, row: FactorRule | FactorException) -> None:
        """Insert a rule or an exception."""
        self._session.add(row)
        self._session.flush()

    def end(
        self, at: datetime, now: datetime, *, rule_id: str | None = None, subject: str | None = None, value: str | None = None,
        application: str | None = None,
    ) -> list[str]:  # fmt: skip
        """Let one rule, or all about a subject and application, end at a moment (perhaps a future one); gives their ids."""
        about = (
            FactorRule.id == rule_id
            if rule_id is not None
            else and_(
                FactorRule.subject == subject, FactorRule.value == value, FactorRule.application.is_not_distinct_from(application)
            )
        )
        standing = or_(FactorRule.ended_at.is_(None), FactorRule.ended_at > now)
        return list(self._session.scalars(update(FactorRule).where(standing, about).values(ended_at=at).returning(FactorRule.id)))

    def government_exists(self, code: str) -> bool:
        """True when there is a government of this code."""
        return bool(self._session.scalar(select(exists().where(Government.code == code))))

    def unit(self, unit_id: str) -> Unit | None:
        """By id."""
        return self._session.get(Unit, unit_id)

    def person(self, person_id: str) -> Person | None:
        """By id."""
        return self._session.get(Person, person_id)

    # -- exceptions ----------------------------------------------------------------------------------------------

    def exemptions(self, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
        """The approved exceptions that have neither ended nor expired."""
        return self._session.connection().execute(_EXEMPTIONS, {"now": now}).all()

    def exception(self, exception_id: str) -> FactorException | None:
        """By id."""
        return self._session.get(FactorException, exception_id)

    def exceptions(self, *, open_at: datetime | None = None, person_id: str | None = None) -> list[tuple[FactorException, Person]]:
        """Exceptions with their people, newest first; open_at: only those not over at that moment."""
        statement = select(FactorException, Person).join(Person, Person.id == FactorException.person_id)
        if open_at is not None:
            statement = statement.where(FactorException.ended_at.is_(None), FactorException.expires_at > open_at)
        if person_id is not None:
            statement = statement.where(FactorException.person_id == person_id)
        rows = self._session.execute(statement.order_by(FactorException.id.desc()))
        return [(row[0], row[1]) for row in rows]

    def approve(self, exception_id: str, by: str, now: datetime) -> bool:
        """Let it count, once; False when it was answered, has ended or is over."""
        return self._settle(exception_id, now, FactorException.approved_at.is_(None), approved_by=by, approved_at=now)

    def end_exception(self, exception_id: str, by: str | None, now: datetime) -> bool:
        """End it (or refuse it), once; False when it is over."""
        return self._settle(exception_id, now, ended_by=by, ended_at=now)

    def _settle(self, exception_id: str, now: datetime, *more: Any, **values: Any) -> bool:
        live = (FactorException.id == exception_id, FactorException.ended_at.is_(None), FactorException.expires_at > now, *more)
        done = update(FactorException).where(*live).values(**values).returning(FactorException.id)
        return self._session.scalar(done) is not None

    # -- grace ---------------------------------------------------------------------------------------------------

    def spent(self, person_id: str) -> Sequence[Row[*tuple[Any, ...]]]:
        """(rule, used, last) of every grace this person has used."""
        return self._session.connection().execute(_SPENT, {"person_id": person_id}).all()

    def spend(self, rule_id: str, person_id: str, most: int, now: datetime) -> bool:
        """Use one sign-in of a rule's grace; False when there is none left, also for whoever comes second at the same moment."""
        if most > 0 and insert_once(self._session, GraceUse, {"rule_id": rule_id, "person_id": person_id, "used": 1, "last_at": now}):
            return True
        used = (
            update(GraceUse)
            .where(GraceUse.rule_id == rule_id, GraceUse.person_id == person_id, GraceUse.used < most)
            .values(used=GraceUse.used + 1, last_at=now)
            .returning(GraceUse.used)
        )
        return self._session.scalar(used) is not None
