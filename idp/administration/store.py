"""Every statement of the administration room: reads across rooms, each narrowed to a reach."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select, true, tuple_
from sqlalchemy.orm import Session, aliased

from idp.administration.listing import PAGE, Row, Wanted
from idp.administration.models import HelpDeed
from idp.approvals.models import Approval
from idp.authn.models import BrowserSession, Passkey, TotpSecret
from idp.directory.models import Assignment, Government, Person, PersonIdentifier, PersonWord, RoleGrant, Unit, titled
from idp.policy.permissions import Reach

_LAST = "\U0010ffff"  # after every character: what begins with a word lies between it and the word followed by this


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role somebody holds, in a list."""

    id: str
    role: str
    government_code: str | None
    unit_id: str | None
    granted_at: datetime
    person_id: str
    full_name: str


def in_reach(reach: Reach, day: date) -> ColumnElement[bool]:
    """The people a reach covers: the same that `policy.permissions.may` says of each of them, as one condition.

    day: which posts are valid. A unit reaches everybody with a post in it or below it.
    """
    if reach.everywhere:
        return true()
    parts: list[ColumnElement[bool]] = [Person.government_code.in_(sorted(reach.governments))] if reach.governments else []
    for government, unit_id in sorted(reach.units, key=str):
        inside = _has_post_below([unit_id], day)
        parts.append(inside if government is None else and_(Person.government_code == government, inside))
    return or_(*parts) if parts else false()


def _has_post_below(unit_ids: list[str], day: date) -> ColumnElement[bool]:
    below = units_below(unit_ids)
    return Person.id.in_(
        select(Assignment.person_id).where(
            Assignment.unit_id.in_(below), Assignment.valid_from <= day,
            or_(Assignment.valid_to.is_(None), Assignment.valid_to > day),
        )
    )  # fmt: skip


def units_below(unit_ids: list[str]) -> "ColumnElement[str]":
    """These units and every unit below them, as a sub-select of ids."""
    start = select(Unit.id).where(Unit.id.in_(unit_ids)).cte("below", recursive=True)
    child = aliased(Unit)
    # UNION, not UNION ALL: it ends even where bad data makes a circle.
    below = start.union(select(child.id).join(start, child.parent_id == start.c.id))
    return select(below.c.id)  # type: ignore[return-value]


def has_factor() -> ColumnElement[bool]:
    """People who have set up a second factor."""
    app = exists(select(TotpSecret.id).where(TotpSecret.person_id == Person.id, TotpSecret.confirmed_at.is_not(None)))
    return or_(app, exists(select(Passkey.id).where(Passkey.person_id == Person.id)))


def _begins(word: str) -> ColumnElement[bool]:
    """People with a word that begins so."""
    found = select(PersonWord.person_id).where(PersonWord.word >= word, PersonWord.word < word + _LAST)
    return Person.id.in_(found)


def _narrowed(wanted: Wanted, day: date) -> Iterator[ColumnElement[bool]]:
    if wanted.is_hopeless:
        yield false()
    if wanted.number is not None:
        yield exists(select(PersonIdentifier.id).where(PersonIdentifier.person_id == Person.id, PersonIdentifier.value == wanted.number))
    elif wanted.text.strip():
        yield from (_begins(word) for word in wanted.words)
    if wanted.government is not None:
        yield Person.government_code == wanted.government
    if wanted.unit is not None:
        yield _has_post_below([wanted.unit], day)
    if wanted.status is not None:
        yield Person.status == wanted.status
    if wanted.factor is not None:
        yield has_factor() if wanted.factor else not_(has_factor())
    if wanted.ids:
        yield Person.id.in_(wanted.ids)


class AdministrationStore:
    """Reads for lists, figures and pages of administrators; writes what help desks did."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def names(self, reach: Reach, day: date, ids: list[str]) -> dict[str, str]:
        """The names of those of these people whom a reach covers."""
        found = self._session.scalars(select(Person).where(Person.id.in_(ids), in_reach(reach, day)))
        return {person.id: person.full_name for person in found}

    def people_by_status(self, reach: Reach, day: date) -> dict[str, int]:
        """How many accounts there are in each state."""
        rows = self._session.execute(select(Person.status, func.count()).where(in_reach(reach, day)).group_by(Person.status))
        return {row[0]: row[1] for row in rows}

    def people(self, reach: Reach, wanted: Wanted, day: date, *, after: tuple[str, str] | None, limit: int) -> list[Row]:
        """A page of people within a reach, in order of name: one statement, which reads on from where the last page ended."""
        chosen = select(Person.id, Person.name).where(in_reach(reach, day), *_narrowed(wanted, day))
        # By words or units few are found, and they may all stand far down the list: first find them, then sort. Otherwise the list is
        # walked in its order until a page is full. Left to itself, PostgreSQL walks always, since it takes names for evenly spread.
        if wanted.words or wanted.unit is not None or reach.units:
            found: Any = chosen.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
            chosen, by = select(found.c.id, found.c.name), (found.c.name, found.c.id)
        else:
            by = (Person.name, Person.id)
        if after is not None:
            chosen = chosen.where(tuple_(*by) > tuple_(*after))
        page = chosen.order_by(*by).limit(limit).subquery("page")
        number = select(PersonIdentifier.value).where(
            PersonIdentifier.person_id == Person.id, PersonIdentifier.valid_to.is_(None), PersonIdentifier.kind != "NIK"
        )
        unit = select(Unit.name).join(Assignment, Assignment.unit_id == Unit.id).where(
            Assignment.person_id == Person.id, Assignment.is_primary, Assignment.valid_to.is_(None)
        )  # fmt: skip
        role = exists(select(RoleGrant.id).where(RoleGrant.person_id == Person.id, RoleGrant.revoked_at.is_(None)))
        statement = (
            select(
                Person.id, Person.title_before, Person.name, Person.title_after, Person.username, number.scalar_subquery(), Government.name,
                unit.limit(1).scalar_subquery(), Person.status, Person.employment_status, has_factor(), role,
            )
            .join(page, page.c.id == Person.id)
            .outerjoin(Government, Government.code == Person.government_code)
            .order_by(Person.name, Person.id)
        )  # fmt: skip
        return [
            Row(found, titled(before, name, after_name), username, value, government, unit_name, status, kind, bool(factor), bool(roles))
            for found, before, name, after_name, username, value, government, unit_name, status, kind, factor, roles
            in self._session.execute(statement)
        ]  # fmt: skip

    def name_of(self, person_id: str) -> str | None:
        """The name by which lists are ordered."""
        return self._session.scalar(select(Person.name).where(Person.id == person_id))

    def sessions(
        self, reach: Reach, day: date, now: datetime, *, after: str | None, limit: int
    ) -> list[tuple[BrowserSession, str]]:
        """Sessions that have not ended, of people within a reach, newest first, with the person's name."""
        statement = (
            select(BrowserSession, Person.name).join(Person, Person.id == BrowserSession.person_id)
            .where(BrowserSession.ended_at.is_(None), BrowserSession.expires_at > now, in_reach(reach, day))
            .order_by(BrowserSession.id.desc()).limit(limit)
        )  # fmt: skip
        if after is not None:
            statement = statement.where(BrowserSession.id < after)
        return [(row[0], row[1]) for row in self._session.execute(statement)]

    # -- help ----------------------------------------------------------------------------------------------------

    def hold_helper(self, helper_id: str) -> None:
        """One deed of a helper at a time, until this unit ends: a burst gets no further than a row of them."""
        self._session.execute(select(Person.id).where(Person.id == helper_id).with_for_update())

    def help_given(self, helper_id: str, since: datetime) -> int:
        """How many times somebody helped since a moment."""
        counted = select(func.count()).select_from(HelpDeed).where(HelpDeed.helper_id == helper_id, HelpDeed.at > since)
        return self._session.scalar(counted) or 0

    def add(self, row: HelpDeed) -> None:
        """Insert what was done."""
        self._session.add(row)
        self._session.flush()

    def help_for(self, person_id: str, limit: int = 20) -> list[tuple[HelpDeed, str | None]]:
        """The help somebody was given, newest first, with the helper's name."""
        helper = aliased(Person)
        statement = (
            select(HelpDeed, helper.name).outerjoin(helper, helper.id == HelpDeed.helper_id).where(HelpDeed.person_id == person_id)
            .order_by(HelpDeed.id.desc()).limit(limit)
        )  # fmt: skip
        return [(row[0], row[1]) for row in self._session.execute(statement)]

    def waiting(self, reach: Reach, day: date, now: datetime, limit: int = 100) -> list[tuple[Approval, Person, str | None]]:
        """Requests that wait, about people within a reach, oldest first: (request, about whom, name of who asked)."""
        asker = aliased(Person)
        statement = (
            select(Approval, Person, asker.name).join(Person, Person.id == Approval.person_id)
            .outerjoin(asker, asker.id == Approval.asked_by)
            .where(Approval.state.in_(("open", "approved")), Approval.expires_at > now, in_reach(reach, day))
            .order_by(Approval.id).limit(limit)
        )  # fmt: skip
        return [(row[0], row[1], row[2]) for row in self._session.execute(statement)]

    def owners(self) -> list[Person]:
        """Everybody active who owns the installation."""
        owning = and_(
            RoleGrant.role == "administrator", RoleGrant.government_code.is_(None), RoleGrant.unit_id.is_(None),
            RoleGrant.revoked_at.is_(None),
        )  # fmt: skip
        statement = select(Person).join(RoleGrant, RoleGrant.person_id == Person.id).where(owning, Person.status == "active")
        return list(self._session.scalars(statement.order_by(Person.id)))

    # -- roles ---------------------------------------------------------------------------------------------------

    def grants(self, reach: Reach, day: date, *, role: str | None = None, after: str | None = None, limit: int = PAGE) -> list[GrantRow]:
        """Live grants of roles to people within a reach, newest first."""
        statement = (
            select(RoleGrant, Person).join(Person, Person.id == RoleGrant.person_id)
            .where(RoleGrant.revoked_at.is_(None), in_reach(reach, day)).order_by(RoleGrant.id.desc()).limit(limit)
        )  # fmt: skip
        if role is not None:
            statement = statement.where(RoleGrant.role == role)
        if after is not None:
            statement = statement.where(RoleGrant.id < after)
        return [
            GrantRow(grant.id, grant.role, grant.government_code, grant.unit_id, grant.granted_at, person.id, person.full_name)
            for grant, person in self._session.execute(statement)
        ]

    def grants_of(self, person_id: str) -> list[RoleGrant]:
        """The live grants of one person."""
        statement = select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None))
        return list(self._session.scalars(statement.order_by(RoleGrant.role, RoleGrant.id)))
