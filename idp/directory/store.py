"""Every statement of the directory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from idp.db.base import Base
from idp.db.lane import Prepared
from idp.directory.days import today
from idp.directory.models import (
    Assignment,
    Brand,
    Contact,
    Correction,
    Government,
    Person,
    PersonIdentifier,
    PersonWord,
    RoleGrant,
    Unit,
)
from idp.directory.profile import HeldRole, Post, Profile
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict
from idp.kernel.sealing import Sealer

_P, _I, _A = Person.__table__.c, PersonIdentifier.__table__.c, Assignment.__table__.c
_U, _G, _R = Unit.__table__.c, Government.__table__.c, RoleGrant.__table__.c

# One read for userinfo: the person and the current number. The names are those of Profile, in its order.
_PROFILE = Prepared(
    select(
        _P.id.label("person_id"), _P.subject_seed, _P.username, _P.name, _P.given_name, _P.family_name, _P.title_before,
        _P.title_after, _P.nickname, _P.email, _P.email_verified_at, _P.phone, _P.phone_verified_at, _P.birthdate,
        _P.government_code, _P.employment_status, _P.activity, _P.status, _P.locale, _P.updated_at,
        _I.kind.label("number_kind"), _I.value.label("number"),
    )
    .select_from(Person.__table__.outerjoin(
        PersonIdentifier.__table__, and_(_I.person_id == _P.id, _I.valid_to.is_(None), _I.kind != "NIK")
    ))
    .where(_P.id == bindparam("person_id"))
)  # fmt: skip
_VALID_POST = and_(
    _A.person_id == bindparam("person_id"),
    _A.valid_from <= bindparam("day"),
    or_(_A.valid_to.is_(None), _A.valid_to > bindparam("day")),
)
_POSTS = (
    select(
        _A.unit_id, _U.name.label("unit_name"), _U.government_code, _A.position, _A.position_kind, _A.grade, _A.acting,
        _A.is_primary, _A.valid_from,
    )
    .select_from(Assignment.__table__.join(Unit.__table__, _A.unit_id == _U.id))
    .where(_VALID_POST)
    .order_by(_A.is_primary.desc(), _A.valid_from.desc(), _A.id)
)  # fmt: skip
_GOVERNMENT_NAME = select(_G.name).where(_G.code == bindparam("code"))
_ROLES = Prepared(
    select(_R.role, _R.government_code, _R.unit_id)
    .where(_R.person_id == bindparam("person_id"), _R.revoked_at.is_(None))
    .order_by(_R.role, _R.government_code, _R.unit_id)
)
_NIK = select(_I.sealed).where(_I.person_id == bindparam("person_id"), _I.valid_to.is_(None), _I.kind == "NIK")


def nik_context(person_id: str) -> str:
    """What a sealed NIK is bound to."""
    return f"nik:{person_id}"


class DirectoryStore:
    """Reads and writes people, numbers, organisations, assignments and roles.

    sealer: needed to read a NIK; clock: needed to tell which assignments are valid today.
    """

    def __init__(self, session: Session, sealer: Sealer | None = None, clock: Clock | None = None) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock

    # -- writing -------------------------------------------------------------------------------------------------

    def add(self, *rows: Base) -> None:
        """Insert rows in their order; Conflict when a username or current number is taken (checked by the database)."""
        for row in rows:
            self._session.add(row)
            self.save()

    def save(self) -> None:
        """Write changed rows; Conflict when one breaks a unique rule."""
        try:
            self._session.flush()
        except IntegrityError as error:
            raise Conflict("directory.taken", "the username or number is already in use, or a reference does not exist") from error

    def insert_many(self, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows with one prepared statement (bulk loading)."""
        table = model.__table__
        assert isinstance(table, Table)  # noqa: S101 - for the type checker: our models map to tables
        if rows:
            self._session.connection().execute(insert(table), list(rows))

    # -- people --------------------------------------------------------------------------------------------------

    def profile(self, person_id: str, scopes: Iterable[str]) -> Profile | None:
        """Everything claims of `scopes` need, or None; one select, and further ones for asn (two), roles and nik."""
        row = _PROFILE.first(self._session, person_id=person_id)
        if row is None:
            return None
        found, wanted = Profile(*row), frozenset(scopes)
        if "asn" in wanted:
            found = replace(found, posts=self.posts(person_id), government_name=self._government_name(found.government_code))
        if "roles" in wanted:
            found = replace(found, roles=self.held_roles(person_id))
        if "nik" in wanted:
            found = replace(found, nik=self._nik(person_id))
        return found

    def person(self, person_id: str) -> Person | None:
        """By id."""
        return self._session.get(Person, person_id)

    def person_by_username(self, key: str) -> Person | None:
        """By the folded username."""
        return self._session.scalar(select(Person).where(Person.username == key))

    def people_by_email(self, key: str) -> list[Person]:
        """Accounts that are not disabled and have this folded address; verified ones first, at most three."""
        return list(
            self._session.scalars(
                select(Person)
                .where(Person.email_key == key, Person.status != "disabled")
                .order_by(Person.email_verified_at.is_(None), Person.id)
                .limit(3)
            )
        )

    def person_by_number(self, value: str) -> Person | None:
        """By a current NIP, NI PPPK or issued identifier."""
        return self._session.scalar(
            select(Person)
            .join(PersonIdentifier, PersonIdentifier.person_id == Person.id)
            .where(PersonIdentifier.value == value, PersonIdentifier.valid_to.is_(None))
        )

    def people_by_any_number(self, value: str) -> list[Person]:
        """Everybody who has or had this number, the present holder first: for administrators, never for sign-in."""
        return list(
            self._session.scalars(
                select(Person)
                .join(PersonIdentifier, PersonIdentifier.person_id == Person.id)
                .where(PersonIdentifier.value == value)
                .order_by(PersonIdentifier.valid_to.is_not(None), PersonIdentifier.valid_to.desc())
            ).unique()
        )

    def person_by_nik(self, lookup: bytes) -> Person | None:
        """By the keyed hash of a current NIK."""
        return self._session.scalar(
            select(Person)
            .join(PersonIdentifier, PersonIdentifier.person_id == Person.id)
            .where(PersonIdentifier.lookup == lookup, PersonIdentifier.valid_to.is_(None))
        )

    def people(self, *, government_code: str | None, after: str | None, limit: int) -> list[Person]:
        """A page of people in order of id."""
        statement = select(Person).order_by(Person.id).limit(limit)
        if government_code is not None:
            statement = statement.where(Person.government_code == government_code)
        if after is not None:
            statement = statement.where(Person.id > after)
        return list(self._session.scalars(statement))

    def count_people(self) -> int:
        """How many accounts there are."""
        return self._session.scalar(select(func.count()).select_from(Person)) or 0

    # -- numbers -------------------------------------------------------------------------------------------------

    def identifiers(self, person_id: str) -> list[PersonIdentifier]:
        """All numbers of a person, oldest first."""
        statement = select(PersonIdentifier).where(PersonIdentifier.person_id == person_id)
        return list(self._session.scalars(statement.order_by(PersonIdentifier.valid_from, PersonIdentifier.id)))

    def current_number(self, person_id: str) -> PersonIdentifier | None:
        """The number in force (not the NIK)."""
        return self._current(person_id, PersonIdentifier.kind != "NIK")

    def current_nik(self, person_id: str) -> PersonIdentifier | None:
        """The NIK in force, sealed."""
        return self._current(person_id, PersonIdentifier.kind == "NIK")

    def _current(self, person_id: str, kind: Any) -> PersonIdentifier | None:
        return self._session.scalar(
            select(PersonIdentifier).where(PersonIdentifier.person_id == person_id, PersonIdentifier.valid_to.is_(None), kind)
        )

    def _nik(self, person_id: str) -> str | None:
        sealed = self._session.connection().execute(_NIK, {"person_id": person_id}).scalar()
        if sealed is None or self._sealer is None:
            return None
        return self._sealer.open(sealed, nik_context(person_id)).decode()

    # -- organisations -------------------------------------------------------------------------------------------

    def governments(self) -> list[Government]:
        """All governments, by code."""
        return list(self._session.scalars(select(Government).order_by(Government.code)))

    def government(self, code: str) -> Government | None:
        """By code."""
        return self._session.get(Government, code)

    def _government_name(self, code: str | None) -> str | None:
        return self._session.connection().execute(_GOVERNMENT_NAME, {"code": code}).scalar() if code else None

    def unit(self, unit_id: str) -> Unit | None:
        """By id."""
        return self._session.get(Unit, unit_id)

    def unit_by_code(self, government_code: str, code: str) -> Unit | None:
        """The open unit with this code in a government."""
        return self._session.scalar(select(Unit).where(Unit.government_code == government_code, Unit.code == code, Unit.valid_to.is_(None)))

    def units(self, government_code: str, day: date) -> list[Unit]:
        """The units of a government that exist on a day."""
        valid = and_(Unit.valid_from <= day, or_(Unit.valid_to.is_(None), Unit.valid_to > day))
        return list(self._session.scalars(select(Unit).where(Unit.government_code == government_code, valid).order_by(Unit.code)))

    def open_children(self, unit_id: str) -> list[Unit]:
        """Open units directly below a unit."""
        return list(self._session.scalars(select(Unit).where(Unit.parent_id == unit_id, Unit.valid_to.is_(None)).order_by(Unit.code)))

    def unit_line(self, unit_ids: Iterable[str]) -> tuple[str, ...]:
        """These units and every unit above them."""
        start = select(Unit.id, Unit.parent_id).where(Unit.id.in_(list(unit_ids))).cte("line", recursive=True)
        parent = aliased(Unit)
        # UNION, not UNION ALL: it ends even where bad data makes a circle.
        line = start.union(select(parent.id, parent.parent_id).join(start, parent.id == start.c.parent_id))
        return tuple(self._session.scalars(select(line.c.id).distinct().order_by(line.c.id)))

    # -- assignments and roles -----------------------------------------------------------------------------------

    def posts(self, person_id: str) -> tuple[Post, ...]:
        """Assignments valid today, the primary one first."""
        if self._clock is None:
            raise ValueError("a DirectoryStore needs a clock to tell which assignments are valid")
        rows = self._session.connection().execute(_POSTS, {"person_id": person_id, "day": today(self._clock)})
        return tuple(Post(*tuple(row)) for row in rows)

    def assignment(self, assignment_id: str) -> Assignment | None:
        """By id."""
        return self._session.get(Assignment, assignment_id)

    def demote_primary(self, person_id: str) -> None:
        """No open assignment of the person stays the primary one."""
        self._session.execute(
            update(Assignment)
            .where(Assignment.person_id == person_id, Assignment.is_primary, Assignment.valid_to.is_(None))
            .values(is_primary=False)
        )

    def held_roles(self, person_id: str) -> tuple[HeldRole, ...]:
        """Roles a person holds at present."""
        return tuple(HeldRole(*row) for row in _ROLES.all(self._session, person_id=person_id))

    def live_grants(self, person_id: str, role: str, government_code: str | None, unit_id: str | None) -> list[RoleGrant]:
        """Live grants of exactly this role at exactly this place."""
        return list(
            self._session.scalars(
                select(RoleGrant).where(
                    RoleGrant.person_id == person_id,
                    RoleGrant.role == role,
                    RoleGrant.government_code.is_(None) if government_code is None else RoleGrant.government_code == government_code,
                    RoleGrant.unit_id.is_(None) if unit_id is None else RoleGrant.unit_id == unit_id,
                    RoleGrant.revoked_at.is_(None),
                )
            )
        )

    def revoke_grants(self, grants: Iterable[RoleGrant], at: datetime) -> None:
        """Mark grants as revoked."""
        for grant in grants:
            grant.revoked_at = at
        self.save()

    def grant(self, grant_id: str) -> RoleGrant | None:
        """One grant of a role, ended or not."""
        return self._session.get(RoleGrant, grant_id)

    def owners(self) -> list[str]:
        """The active people who own the installation, locked until this unit ends: two who remove each other wait for one another."""
        return list(
            self._session.scalars(
                select(Person.id)
                .join(RoleGrant, RoleGrant.person_id == Person.id)
                .where(
                    RoleGrant.role == "administrator", RoleGrant.government_code.is_(None), RoleGrant.unit_id.is_(None),
                    RoleGrant.revoked_at.is_(None), Person.status == "active",
                )
                .order_by(Person.id)
                .with_for_update()
            )
        )  # fmt: skip

    def roles_held_in(self, unit_ids: Iterable[str]) -> list[tuple[str, str]]:
        """(role, unit) of every live grant in one of these units."""
        statement = select(RoleGrant.role, RoleGrant.unit_id).where(RoleGrant.unit_id.in_(list(unit_ids)), RoleGrant.revoked_at.is_(None))
        return [(role, unit_id) for role, unit_id in self._session.execute(statement.distinct()) if unit_id is not None]

    def replace_words(self, person_id: str, words: Iterable[str]) -> None:
        """By which words a person is found."""
        wanted = set(words)
        kept = set(self._session.scalars(select(PersonWord.word).where(PersonWord.person_id == person_id)))
        if gone := kept - wanted:
            self._session.execute(delete(PersonWord).where(PersonWord.person_id == person_id, PersonWord.word.in_(gone)))
        self.insert_many(PersonWord, [{"person_id": person_id, "word": word} for word in sorted(wanted - kept)])

    def brands(self) -> list[tuple[str, str | None, str | None, str | None]]:
        """(scope, name, accent, mark of the logo) of every brand; the pictures stay where they are."""
        found = self._session.execute(select(Brand.scope, Brand.name, Brand.accent, Brand.logo_mark))
        return [(scope, name, accent, mark) for scope, name, accent, mark in found]

    def brand(self, scope: str) -> Brand | None:
        """One brand with its picture."""
        return self._session.get(Brand, scope)

    def remove_brand(self, scope: str) -> bool:
        """True when there was one."""
        return self._session.execute(delete(Brand).where(Brand.scope == scope).returning(Brand.scope)).first() is not None

    def holders_mail(self, role: str, government_code: str) -> list[tuple[str | None, str | None]]:
        """(address, language) of active people who hold a role in the whole of a government, at most five."""
        statement = (
            select(Person.email, Person.locale)
            .join(RoleGrant, RoleGrant.person_id == Person.id)
            .where(
                RoleGrant.role == role, RoleGrant.government_code == government_code, RoleGrant.unit_id.is_(None),
                RoleGrant.revoked_at.is_(None), Person.status == "active", Person.email.is_not(None),
            )
            .order_by(Person.id)
            .limit(5)
        )  # fmt: skip
        return [(row[0], row[1]) for row in self._session.execute(statement)]

    # -- contacts and corrections --------------------------------------------------------------------------------

    def contact(self, government_code: str, purpose: str) -> Contact | None:
        """Where a government reads letters of one purpose."""
        return self._session.get(Contact, (government_code, purpose))

    def contacts(self) -> list[Contact]:
        """All of them, by government."""
        return list(self._session.scalars(select(Contact).order_by(Contact.government_code, Contact.purpose)))

    def remove(self, row: Base) -> None:
        """Delete a row."""
        self._session.delete(row)
        self.save()

    def corrections(
        self, *, person_id: str | None = None, government_code: str | None = None, state: str | None = None, limit: int = 200
    ) -> list[Correction]:
        """Requests that match every condition given, newest first."""
        statement = select(Correction).order_by(Correction.id.desc()).limit(limit)
        for column, value in ((Correction.person_id, person_id), (Correction.government_code, government_code), (Correction.state, state)):
            if value is not None:
                statement = statement.where(column == value)
        return list(self._session.scalars(statement))

    def settle_correction(self, correction_id: str, *, person_id: str | None = None, **values: Any) -> Correction | None:
        """Close an open request (of this person), once; None when there is no such open one."""
        statement = update(Correction).where(Correction.id == correction_id, Correction.state == "open")
        if person_id is not None:
            statement = statement.where(Correction.person_id == person_id)
        return self._session.scalar(statement.values(**values).returning(Correction).execution_options(populate_existing=True))
