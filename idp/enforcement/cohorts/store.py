"""Whom rules touch, and what will happen to each of them at sign-in: set-based, so that a quarter of a million people take seconds.

The same decision as policy.second_factor, written as one SELECT; a test compares the two person by person.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    column,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from idp.db.base import UtcDateTime
from idp.directory.models import Assignment, Government, Person, PersonIdentifier, RoleGrant, Unit
from idp.enforcement.models import FactorException
from idp.policy.permissions import Role
from idp.policy.second_factor import RANKS, Level, Rule, stands

# The room beside this one owns these tables; their names and these columns are all that is looked at.
_TOTP = table("totp_secrets", column("person_id"), column("confirmed_at", UtcDateTime()), column("last_used_at", UtcDateTime()))
_PASSKEYS = table("passkeys", column("person_id"))
_PASSWORDS = table("password_hashes", column("person_id"))
_AGENCY = table(
    "agency_codes", column("person_id"), column("created_at", UtcDateTime()), column("used_at", UtcDateTime()),
    column("ended_at", UtcDateTime()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried out: a rule among all others, at the moment it binds.

    application: where people sign in (None: our own pages); least: what that application demands of everybody anyway;
    exceptions: whether anybody has one.
    """

    rule: Rule
    others: tuple[Rule, ...]
    default: Level
    at: datetime
    day: date
    application: str | None = None
    least: int = 1
    exceptions: bool = True


class CohortStore:
    """Counts and lists of people by what will happen to them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def counts(self, trial: Trial) -> Sequence[Row[*tuple[Any, ...]]]:
        """(government code, name, unit id, name, outcome, note, mail, people) of everybody whom the rule touches."""
        seen = _outcomes(trial).cte("seen")
        grouped = (
            select(
                seen.c.government_code, seen.c.unit_id, seen.c.outcome, seen.c.note, seen.c.has_mail, func.count().label("people")
            )
            .group_by(seen.c.government_code, seen.c.unit_id, seen.c.outcome, seen.c.note, seen.c.has_mail)
            .cte("grouped")
        )
        statement = (
            select(
                grouped.c.government_code, Government.name.label("government"), grouped.c.unit_id, Unit.name.label("unit"),
                grouped.c.outcome, grouped.c.note, grouped.c.has_mail, grouped.c.people,
            )
            .select_from(grouped)
            .outerjoin(Government, Government.code == grouped.c.government_code)
            .outerjoin(Unit, Unit.id == grouped.c.unit_id)
            .order_by(grouped.c.government_code, Unit.name, grouped.c.unit_id, grouped.c.outcome, grouped.c.note)
        )  # fmt: skip
        with roomy(self._session) as connection:
            return connection.execute(statement).all()

    def people(self, trial: Trial, *, after: str = "", limit: int = 1000) -> Sequence[Row[*tuple[Any, ...]]]:
        """The people by id from `after` on: (person_id, username, name, number, government, unit, outcome, note, email, locale)."""
        # Who they are first, then what will happen to these few: else every page would look at everybody.
        page = select(Person.id).where(touches(trial.rule, trial.day), Person.id > after).order_by(Person.id).limit(limit)
        seen = _outcomes(trial, Person.id.in_(page.scalar_subquery())).cte("seen")
        number = select(PersonIdentifier.value).where(
            PersonIdentifier.person_id == seen.c.person_id, PersonIdentifier.valid_to.is_(None), PersonIdentifier.kind != "NIK"
        )
        statement = (
            select(
                seen.c.person_id, Person.username, Person.name, number.limit(1).scalar_subquery().label("number"),
                seen.c.government_code, Government.name.label("government"), Unit.name.label("unit"), seen.c.outcome, seen.c.note,
                Person.email, Person.locale,
            )
            .select_from(seen)
            .join(Person, Person.id == seen.c.person_id)
            .outerjoin(Government, Government.code == seen.c.government_code)
            .outerjoin(Unit, Unit.id == seen.c.unit_id)
            .order_by(seen.c.person_id)
        )  # fmt: skip
        with roomy(self._session) as connection:
            return connection.execute(statement).all()


@contextmanager
def roomy(session: Session) -> Iterator[Connection]:
    """The session's connection, for a statement over everybody: more time and memory than the requests of people have."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        yield connection
        return
    connection.execute(text("SET statement_timeout = '15s'"))
    connection.execute(text("SET work_mem = '64MB'"))
    connection.execute(text("SET enable_nestloop = off"))  # where nothing is known of a table yet, a loop in a loop takes minutes
    try:
        yield connection
    finally:
        # In a transaction that failed nothing can be said any more; its end takes both settings back.
        with suppress(DBAPIError):
            connection.execute(text("RESET statement_timeout"))
            connection.execute(text("RESET work_mem"))
            connection.execute(text("RESET enable_nestloop"))


def outcomes_of(trial: Trial) -> Select[Any]:
    """One row a person whom the rule touches, for statements of other stores of this room."""
    return _outcomes(trial)


def _outcomes(trial: Trial, whom: ColumnElement[bool] | None = None) -> Select[Any]:
    """What happens, from what is known of each; looked at once a person, which the database is told (`MATERIALIZED`)."""
    facts = _facts(trial, touches(trial.rule, trial.day) if whom is None else whom).cte("facts")
    facts = facts.prefix_with("MATERIALIZED", dialect="postgresql")
    known = facts.c
    outcome = case(
        (known.status != "active", "cannot"), (known.no_way_in, "cannot"), (known.phone_lost, "cannot"),
        (known.needed <= RANKS["none"], "exempt"), (known.reach >= known.needed, "ready"), else_="must_enrol",
    )  # fmt: skip
    note = case(
        (known.status == "invited", "not_activated"), (known.status != "active", "disabled"), (known.no_way_in, "not_activated"),
        (known.phone_lost, "lost_factor"), (and_(known.reach < known.needed, known.reach > RANKS["none"]), "weaker_factor"), else_="",
    )  # fmt: skip
    return select(
        known.person_id, known.government_code, known.unit_id, outcome.label("outcome"), note.label("note"), known.has_mail
    )


def _facts(trial: Trial, whom: ColumnElement[bool]) -> Select[Any]:
    """What is known of each person: their place, how they get in, what their factors reach, what is needed."""
    app = (
        select(_TOTP.c.person_id, func.max(func.coalesce(_TOTP.c.last_used_at, _TOTP.c.confirmed_at)).label("proved_at"))
        .where(_TOTP.c.confirmed_at.is_not(None))
        .group_by(_TOTP.c.person_id)
        .subquery("app")
    )
    key = select(_PASSKEYS.c.person_id).distinct().subquery("key")
    lost = (
        select(_AGENCY.c.person_id, func.max(_AGENCY.c.created_at).label("issued_at"))
        .where(_AGENCY.c.used_at.is_(None), _AGENCY.c.ended_at.is_(None))
        .group_by(_AGENCY.c.person_id)
        .subquery("lost")
    )
    post = Assignment.__table__.alias("post")  # the one open primary post: a unique index says so
    has_key, has_app = key.c.person_id.is_not(None), app.c.person_id.is_not(None)
    phone_lost = case((and_(has_app, not_(has_key), lost.c.issued_at >= app.c.proved_at), true()), else_=false())
    return (
        select(
            Person.id.label("person_id"), Person.government_code, Person.status, post.c.unit_id,
            and_(_PASSWORDS.c.person_id.is_(None), not_(has_key)).label("no_way_in"), phone_lost.label("phone_lost"),
            case((has_key, RANKS["phishing_resistant"]), (has_app, RANKS["totp"]), else_=RANKS["none"]).label("reach"),
            _needed(trial).label("needed"), Person.email.is_not(None).label("has_mail"),
        )
        .select_from(Person)
        .outerjoin(app, app.c.person_id == Person.id)
        .outerjoin(key, key.c.person_id == Person.id)
        .outerjoin(lost, lost.c.person_id == Person.id)
        .outerjoin(post, and_(post.c.person_id == Person.id, post.c.is_primary, post.c.valid_to.is_(None)))
        .outerjoin(_PASSWORDS, _PASSWORDS.c.person_id == Person.id)
        .where(whom)
    )  # fmt: skip


def _needed(trial: Trial) -> ColumnElement[int]:
    """The rank demanded of each person once the rule binds; the conditions are those of policy.second_factor.demand."""
    administrator = Person.id.in_(select(RoleGrant.person_id).where(RoleGrant.role != Role.DEVELOPER.value, RoleGrant.revoked_at.is_(None)))
    default = RANKS[trial.default]
    steps: list[tuple[ColumnElement[bool], int]] = []
    for rank in sorted((rank for rank in RANKS.values() if rank > RANKS["none"]), reverse=True):
        asked: list[ColumnElement[bool]] = [_binds(rule, trial) for rule in _in_force(trial) if RANKS[rule.demand] == rank]
        if rank == RANKS["any"]:
            asked.append(administrator)
        if rank == default:
            asked.append(Person.id.not_in(_exempt(trial, None)) if trial.exceptions else true())
        if rank == trial.least:
            asked.append(true())
        if asked:
            steps.append((or_(*asked), rank))
    return case(*steps, else_=literal(RANKS["none"])) if steps else literal(RANKS["none"])


def _in_force(trial: Trial) -> Iterable[Rule]:
    yield trial.rule
    for rule in trial.others:
        mine = rule.application in (None, trial.application)
        mine = mine and (rule.subject != "client" or rule.value == trial.application)
        if mine and rule.id != trial.rule.id and stands(rule, trial.at) and trial.at >= rule.binds_at:
            yield rule


def _binds(rule: Rule, trial: Trial) -> ColumnElement[bool]:
    if not trial.exceptions:
        return touches(rule, trial.day)
    return and_(touches(rule, trial.day), Person.id.not_in(_exempt(trial, rule.id)))


def _exempt(trial: Trial, rule_id: str | None) -> Select[Any]:
    one = FactorException
    named = one.rule_id.is_(None) if rule_id is None else or_(one.rule_id.is_(None), one.rule_id == rule_id)
    there = one.application.is_(None) if trial.application is None else or_(one.application.is_(None), one.application == trial.application)
    return select(one.person_id).where(one.approved_at.is_not(None), one.ended_at.is_(None), one.expires_at > trial.at, named, there)


def touches(rule: Rule, day: date) -> ColumnElement[bool]:
    """The people a rule is about; one about an application may touch whoever uses it: at most everybody."""
    match rule.subject:
        case "global" | "client":
            return true()
        case "government":
            return Person.government_code == rule.value
        case "unit":
            return Person.id.in_(_working_below(rule.value, day))
        case "status":
            return Person.employment_status == rule.value
        case "person":
            return Person.id == rule.value
        case "role":
            held = select(RoleGrant.person_id).where(RoleGrant.role == rule.value, RoleGrant.revoked_at.is_(None))
            return Person.id.in_(held)


def _working_below(unit_id: str, day: date) -> Select[Any]:
    """Whoever holds a post in the unit or one below it on that day."""
    below = select(Unit.id).where(Unit.id == unit_id).cte(recursive=True)
    # UNION, not UNION ALL: it ends even where bad data makes a circle.
    below = below.union(select(Unit.id).join(below, Unit.parent_id == below.c.id))
    valid = and_(Assignment.valid_from <= day, or_(Assignment.valid_to.is_(None), Assignment.valid_to > day))
    return select(Assignment.person_id).where(Assignment.unit_id.in_(select(below.c.id)), valid)
