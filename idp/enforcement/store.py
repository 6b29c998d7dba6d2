"""Every statement of the enforcement room."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, column, exists, false, func, or_, select, table, true, update
from sqlalchemy.orm import Session

from idp.directory.models import Government, Person, RoleGrant
from idp.enforcement.models import FactorRule

# The room beside this one owns the tables; their names and these columns are all that a dry run looks at.
_TOTP = table("totp_secrets", column("person_id"), column("confirmed_at"))
_PASSKEYS = table("passkeys", column("person_id"))
_rule = FactorRule.__table__
_STANDING = (
    select(_rule.c.id, _rule.c.subject, _rule.c.value, _rule.c.demand, _rule.c.starts_at, _rule.c.ended_at, _rule.c.remember_days)
    .where(or_(_rule.c.ended_at.is_(None), _rule.c.ended_at > bindparam("now")))
    .order_by(_rule.c.id)
)


class RuleStore:
    """Rules, and counts of the people they touch."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def standing(self, now: datetime) -> Sequence[Row[*tuple[Any, ...]]]:
        """All rules that have not ended, those of the future too."""
        return self._session.connection().execute(_STANDING, {"now": now}).all()

    def all(self) -> list[FactorRule]:
        """All rules ever, newest first."""
        return list(self._session.scalars(select(FactorRule).order_by(FactorRule.id.desc())))

    def add(self, rule: FactorRule) -> None:
        """Insert a rule."""
        self._session.add(rule)
        self._session.flush()

    def end(
        self, at: datetime, now: datetime, *, rule_id: str | None = None, subject: str | None = None, value: str | None = None
    ) -> list[str]:
        """Let one rule, or all about a subject, end at a moment (perhaps a future one); gives their ids."""
        about = [FactorRule.id == rule_id] if rule_id is not None else [FactorRule.subject == subject, FactorRule.value == value]
        standing = or_(FactorRule.ended_at.is_(None), FactorRule.ended_at > now)
        return list(
            self._session.scalars(update(FactorRule).where(standing, *about).values(ended_at=at).returning(FactorRule.id))
        )

    def government_exists(self, code: str) -> bool:
        """True when there is a government of this code."""
        return bool(self._session.scalar(select(exists().where(Government.code == code))))

    def to_enrol(self, subject: str, value: str, *, resistant: bool = False) -> Sequence[Row[*tuple[Any, ...]]]:
        """(government code, name, people, without the factor) of the active people a rule would touch. resistant: only a passkey counts."""
        has_passkey = exists().where(_PASSKEYS.c.person_id == Person.id)
        has_app = exists().where(_TOTP.c.person_id == Person.id, _TOTP.c.confirmed_at.is_not(None))
        has_factor = has_passkey if resistant else or_(has_app, has_passkey)
        statement = (
            select(
                Person.government_code,
                Government.name,
                func.count().label("people"),
                func.count().filter(~has_factor).label("to_enrol"),
            )
            .select_from(Person)
            .outerjoin(Government, Government.code == Person.government_code)
            .where(Person.status == "active", _touches(subject, value))
            .group_by(Person.government_code, Government.name)
            .order_by(Person.government_code)
        )
        return self._session.connection().execute(statement).all()


def _touches(subject: str, value: str) -> ColumnElement[bool]:
    match subject:
        case "global" | "client":  # whoever uses the application: at most everybody
            return true()
        case "government":
            return Person.government_code == value
        case "status":
            return Person.employment_status == value
        case "person":
            return Person.id == value
        case "role":
            return exists().where(and_(RoleGrant.person_id == Person.id, RoleGrant.role == value, RoleGrant.revoked_at.is_(None)))
        case _:
            return false()
