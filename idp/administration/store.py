"""Every statement of the administration room: reads across rooms, each narrowed to a reach."""

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from idp.directory.models import Assignment, Person, Unit
from idp.policy.permissions import Reach


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
    return exists(
        select(Assignment.id).where(
            Assignment.person_id == Person.id, Assignment.unit_id.in_(below), Assignment.valid_from <= day,
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


class AdministrationStore:
    """Reads for lists, figures and pages of administrators."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def people_by_status(self, reach: Reach, day: date) -> dict[str, int]:
        """How many accounts there are in each state."""
        rows = self._session.execute(select(Person.status, func.count()).where(in_reach(reach, day)).group_by(Person.status))
        return {row[0]: row[1] for row in rows}
