"""Tables of the directory: governments, units, people, their numbers, assignments and roles."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime


def _where(name: str, *columns: str, where: str, unique: bool = True) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


class Government(Base):
    """The province, or one of its regencies and cities."""

    __tablename__ = "governments"

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(12))
    residents: Mapped[int] = mapped_column(Integer)


class Brand(Base):
    """How a government presents itself, or the whole installation (scope ``all``); what is None comes from above it."""

    __tablename__ = "brands"

    scope: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(60))
    accent: Mapped[str | None] = mapped_column(String(7))
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_type: Mapped[str | None] = mapped_column(String(16))
    logo_mark: Mapped[str | None] = mapped_column(String(16))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Unit(Base):
    """An organisational unit (OPD or part of one) with a validity; valid_to is the first day it no longer exists."""

    __tablename__ = "units"
    __table_args__ = (
        _where("uq_units_government_code_code_open", "government_code", "code", where="valid_to IS NULL"),
        Index("ix_units_parent_id", "parent_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    government_code: Mapped[str] = mapped_column(ForeignKey("governments.code"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(24))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    successor_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"))


class Person(Base):
    """One human being with an account. The id is the stable key; numbers are aliases with history."""

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_email_key", "email_key"),
        Index("ix_people_government_code_status", "government_code", "status"),
        Index("ix_people_name", "name", "id"),  # the order of lists
        Index("ix_people_government_code_name", "government_code", "name", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    given_name: Mapped[str | None] = mapped_column(String(200))
    family_name: Mapped[str | None] = mapped_column(String(200))
    title_before: Mapped[str | None] = mapped_column(String(60))
    title_after: Mapped[str | None] = mapped_column(String(60))
    nickname: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254))  # as compared at sign-in: NFKC, casefolded
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    phone: Mapped[str | None] = mapped_column(String(16))
    phone_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    birthdate: Mapped[date | None] = mapped_column(Date)
    government_code: Mapped[str | None] = mapped_column(ForeignKey("governments.code"))
    employment_status: Mapped[str] = mapped_column(String(20))
    activity: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(8))
    locale: Mapped[str | None] = mapped_column(String(10))
    factor_suggestion_declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    subject_seed: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def full_name(self) -> str:
        """The name with its titles, as it is shown."""
        return titled(self.title_before, self.name, self.title_after)


def titled(before: str | None, name: str, after: str | None) -> str:
    """``Dr. Ana, S.E.`` from its three parts."""
    start = f"{before} {name}" if before else name
    return f"{start}, {after}" if after else start


class PersonWord(Base):
    """A word by whose beginning administrators find a person: of the name, the username, the address (see `naming.words`)."""

    __tablename__ = "person_words"
    __table_args__ = (Index("ix_person_words_person_id", "person_id"),)

    # Compared by code points, so that "begins with" is a range of the key on both databases.
    word: Mapped[str] = mapped_column(String(64).with_variant(String(64, collation="C"), "postgresql"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)


class PersonIdentifier(Base):
    """A number a person has or had; current while valid_to is null. A NIK stands sealed, found by its keyed hash."""

    __tablename__ = "person_identifiers"
    __table_args__ = (
        # One account per current number; a NIP and a NI PPPK share one number space.
        _where("uq_person_identifiers_value_current", "value", where="valid_to IS NULL AND value IS NOT NULL"),
        _where("uq_person_identifiers_lookup_current", "lookup", where="valid_to IS NULL AND lookup IS NOT NULL"),
        _where("uq_person_identifiers_person_id_number", "person_id", where="valid_to IS NULL AND kind <> 'NIK'"),
        _where("uq_person_identifiers_person_id_nik", "person_id", where="valid_to IS NULL AND kind = 'NIK'"),
        Index("ix_person_identifiers_person_id", "person_id"),
        Index("ix_person_identifiers_value", "value"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(8))
    value: Mapped[str | None] = mapped_column(String(24))
    lookup: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Assignment(Base):
    """A person's post in a unit for a time; acting posts (Plt., Plh., Pj.) stand beside the primary one."""

    __tablename__ = "assignments"
    __table_args__ = (
        _where("uq_assignments_person_id_primary", "person_id", where="is_primary AND valid_to IS NULL"),
        Index("ix_assignments_person_id", "person_id"),
        Index("ix_assignments_unit_id", "unit_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"))
    position: Mapped[str | None] = mapped_column(String(200))
    position_kind: Mapped[str | None] = mapped_column(String(40))
    grade: Mapped[str | None] = mapped_column(String(8))
    acting: Mapped[str | None] = mapped_column(String(4))
    is_primary: Mapped[bool] = mapped_column(Boolean)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class RoleGrant(Base):
    """A role a person holds: everywhere, in one government, or in one unit and below."""

    __tablename__ = "role_grants"
    __table_args__ = (
        Index("ix_role_grants_person_id", "person_id"),
        _where("ix_role_grants_role_live", "role", where="revoked_at IS NULL", unique=False),
        _where("ix_role_grants_unit_id_live", "unit_id", where="revoked_at IS NULL AND unit_id IS NOT NULL", unique=False),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str] = mapped_column(String(20))
    government_code: Mapped[str | None] = mapped_column(ForeignKey("governments.code"))
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by: Mapped[str | None] = mapped_column(String(26))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Contact(Base):
    """Where a government reads letters of one purpose (``security``, ``personnel``)."""

    __tablename__ = "contacts"

    government_code: Mapped[str] = mapped_column(ForeignKey("governments.code"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    locale: Mapped[str] = mapped_column(String(10))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Correction(Base):
    """What a person says is wrong in their employment data, and what the government's administrator answered."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index("ix_corrections_person_id", "person_id"),
        _where("uq_corrections_person_id_field_open", "person_id", "field", where="state = 'open'"),
        _where("ix_corrections_government_code_open", "government_code", "id", where="state = 'open'", unique=False),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    government_code: Mapped[str | None] = mapped_column(ForeignKey("governments.code"))
    field: Mapped[str] = mapped_column(String(24))
    wanted: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    answer: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str | None] = mapped_column(String(26))
