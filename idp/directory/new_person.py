"""What is asked for when a person is created, and its checks: pure."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from idp.directory import naming
from idp.directory.identifiers import Parsed, compare, digits_of, parse_nik, parse_number
from idp.directory.vocabulary import Activity, EmploymentStatus, IdentifierKind, PersonStatus
from idp.kernel.errors import Invalid
from idp.policy.access import ENDS_ACCESS

_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to create. number: NIP or NI PPPK; without one an identifier is issued.

    employment_status: when not given, PNS for a NIP, PPPK for a NI PPPK, NON_ASN without a number.
    status: ``invited`` until an activation link is used, ``active`` otherwise.
    """

    username: str
    name: str
    number: str | None = None
    nik: str | None = field(default=None, repr=False)
    email: str | None = None
    phone: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    title_before: str | None = None
    title_after: str | None = None
    nickname: str | None = None
    birthdate: date | None = None
    government_code: str | None = None
    unit_id: str | None = None
    position: str | None = None
    position_kind: str | None = None
    grade: str | None = None
    employment_status: str | None = None
    activity: str = Activity.ACTIVE
    status: str = PersonStatus.ACTIVE
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A new person whose every value holds by itself; `columns` are those of the people table."""

    columns: dict[str, Any]
    number: Parsed | None
    nik: Parsed | None
    warnings: tuple[str, ...]


def check(new: NewPerson, today: date) -> Checked:
    """Check all values before anything is written; Invalid names the first bad field."""
    number = parse_number(new.number, today) if new.number is not None else None
    nik = parse_nik(new.nik, today) if new.nik is not None else None
    mail = naming.email(new.email) if new.email is not None else None
    activity = word(Activity, new.activity, "activity")
    status = word(PersonStatus, new.status, "status")
    employment = word(EmploymentStatus, new.employment_status or _usual(number), "employment_status")
    columns = {
        "username": _username(new.username, number, mail),
        "name": required_name(new.name),
        "given_name": naming.display(new.given_name, "given_name"),
        "family_name": naming.display(new.family_name, "family_name"),
        "title_before": naming.display(new.title_before, "title_before", longest=60),
        "title_after": naming.display(new.title_after, "title_after", longest=60),
        "nickname": naming.display(new.nickname, "nickname", longest=60),
        "email": mail,
        "email_key": naming.fold(mail) if mail else None,
        "phone": naming.phone(new.phone) if new.phone is not None else None,
        "birthdate": new.birthdate,
        "government_code": new.government_code,
        "employment_status": employment.value,
        "activity": activity.value,
        "status": PersonStatus.DISABLED.value if activity in ENDS_ACCESS else status.value,
        "locale": new.locale,
    }
    warnings = compare(number, nik, birthdate=new.birthdate, employment_status=employment)
    return Checked(columns, number, nik, warnings)


def word(kind: type[_Word], text: str, field_name: str) -> _Word:
    """`text` as a member of a vocabulary; Invalid lists the members."""
    try:
        return kind(text)
    except ValueError:
        members = ", ".join(member.value for member in kind)
        raise Invalid(f"{field_name}.unknown", f"{field_name}: one of {members}", field=field_name) from None


def required_name(text: str) -> str:
    """A person's name; Invalid when empty."""
    name = naming.display(text, "name")
    if name is None:
        raise Invalid("name.empty", "name: it is empty", field="name")
    return name


def _usual(number: Parsed | None) -> EmploymentStatus:
    if number is None:
        return EmploymentStatus.NON_ASN
    return EmploymentStatus.PNS if number.kind is IdentifierKind.NIP else EmploymentStatus.PPPK


def _username(text: str, number: Parsed | None, mail: str | None) -> str:
    """A username must not be mistaken for somebody else's number or address, or it would take over their way in."""
    key = naming.username(text)
    bare = digits_of(key)
    if bare.isdigit() and len(bare) in (16, 18) and (number is None or bare != number.value or key != bare):
        raise Invalid("username.number", "username: it looks like a NIP or NIK that is not this person's", field="username")
    if "@" in key and (mail is None or key != naming.fold(mail)):
        raise Invalid("username.email", "username: it looks like an address that is not this person's", field="username")
    return key
