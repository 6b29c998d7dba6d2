"""NIP, NI PPPK and NIK: read, checked and masked (domain page of the project). Pure.

NIP      YYYYMMDD YYYY MM S NNN   birth, month of first appointment, sex, sequence
NI PPPK  YYYYMMDD YYYY 2F S NNN   birth, year of appointment, contract frequency 1-9, sex, sequence
NIK      PPKKCC DDMMYY NNNN       region of first registration, birth (women: day + 40), serial
There is no check digit; what is wrong beyond doubt is refused, what merely disagrees is a warning for the administrator.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from idp.directory.vocabulary import EmploymentStatus, IdentifierKind
from idp.kernel.errors import Invalid

Sex = Literal["male", "female"]
_SEPARATORS = re.compile(r"[\s.\u00ad\u2010-\u2015\u2212-]+")
_DIGITS = re.compile(r"[0-9]+")
_OF_CONTRACT = frozenset({EmploymentStatus.PPPK, EmploymentStatus.PPPK_PARUH_WAKTU})
_OF_SERVICE = frozenset({EmploymentStatus.PNS, EmploymentStatus.CPNS})


@dataclass(frozen=True, slots=True)
class Parsed:
    """A number that holds; `value` is its digits only and stays out of representations and logs."""

    kind: IdentifierKind
    value: str = field(repr=False)
    birthdate: date = field(repr=False)
    sex: Sex = field(repr=False)
    appointed: tuple[int, int | None] | None = None  # year, and month where the number has one
    warnings: tuple[str, ...] = ()


def digits_of(text: str) -> str:
    """`text` without spaces, dots and dashes; compatible digit forms (full width) become ASCII."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))


def parse_number(text: str, today: date) -> Parsed:
    """A NIP or a NI PPPK; Invalid (field ``nip``) says what is wrong.

    Digits 13-14 tell which: 01-12 is a month (NIP), 21-29 a contract (NI PPPK).
    """
    value = _only_digits(text, 18, "nip")
    birthdate = _birthdate(value[:8])
    year, mark = int(value[8:12]), int(value[12:14])
    if not (1 <= mark <= 12 or 21 <= mark <= 29):
        raise _bad("nip", "mark", "digits 13-14 must be a month (01-12) or a contract (21-29)")
    if value[14] not in "12":
        raise _bad("nip", "sex", "digit 15 must be 1 or 2")
    if not birthdate.year + 15 <= year <= today.year + 1:
        raise _bad("nip", "appointed", "the year of appointment (digits 9-12) does not fit")
    if value[15:] == "000":
        raise _bad("nip", "sequence", "the last three digits must be 001-999")
    kind = IdentifierKind.NIP if mark <= 12 else IdentifierKind.NI_PPPK
    return Parsed(kind, value, birthdate, "male" if value[14] == "1" else "female", (year, mark if mark <= 12 else None))


def parse_nip(text: str, today: date) -> Parsed:
    """A NIP and nothing else; use `parse_number` wherever a NI PPPK is welcome too."""
    parsed = parse_number(text, today)
    if parsed.kind is not IdentifierKind.NIP:
        raise _bad("nip", "kind", "this is a NI PPPK, not a NIP")
    return parsed


def parse_nik(text: str, today: date) -> Parsed:
    """A NIK of any province; Invalid (field ``nik``) says what is wrong, never the number itself.

    The year has two digits; the birth date given is the latest one at least 15 years ago, or else the latest past one.
    """
    value = _only_digits(text, 16, "nik")
    day, month, year, serial = int(value[6:8]), int(value[8:10]), int(value[10:12]), value[12:]
    sex: Sex = "female" if day > 40 else "male"
    if not (1 <= day <= 31 or 41 <= day <= 71) or not 1 <= month <= 12:
        raise _bad("nik", "birthdate", "digits 7-12 are not a birth date")
    if serial == "0000":
        raise _bad("nik", "serial", "the last four digits must not be 0000")
    return Parsed(IdentifierKind.NIK, value, _century(year, month, day - 40 if day > 40 else day, today), sex)


def compare(
    number: Parsed | None,
    nik: Parsed | None,
    *,
    birthdate: date | None = None,
    sex: Sex | None = None,
    appointed: date | None = None,
    employment_status: str | None = None,
) -> tuple[str, ...]:
    """What disagrees between a number, the NIK and the HR record: warnings for an administrator, never a refusal.

    birthdate_differs | sex_differs | appointed_differs | nik_birthdate_differs | nik_sex_differs | status_differs
    """
    found: list[str] = []
    if number is not None:
        found += _against_record(number, birthdate, sex, appointed, employment_status)
    if nik is not None:
        known = number.birthdate if number is not None else birthdate
        known_sex = number.sex if number is not None else sex
        # Only two digits of the year are in a NIK, so only they are compared.
        if known is not None and known.strftime("%d%m%y") != nik.birthdate.strftime("%d%m%y"):
            found.append("nik_birthdate_differs")
        if known_sex is not None and known_sex != nik.sex:
            found.append("nik_sex_differs")
    return tuple(found)


def mask(value: str) -> str:
    """A number as lists and logs show it: ``19860926••••••••01``; of a NIK only the last two digits; others as they are."""
    if len(value) == 18 and value.isdigit():
        return value[:8] + "•" * 8 + value[-2:]
    if len(value) == 16 and value.isdigit():
        return "•" * 14 + value[-2:]
    return value


def _against_record(
    number: Parsed, birthdate: date | None, sex: Sex | None, appointed: date | None, employment_status: str | None
) -> list[str]:
    found = []
    if birthdate is not None and birthdate != number.birthdate:
        found.append("birthdate_differs")
    if sex is not None and sex != number.sex:
        found.append("sex_differs")
    if appointed is not None and number.appointed is not None:
        year, month = number.appointed
        if year != appointed.year or month not in (None, appointed.month):
            found.append("appointed_differs")
    expected = _OF_SERVICE if number.kind is IdentifierKind.NIP else _OF_CONTRACT
    if employment_status is not None and employment_status not in expected:
        found.append("status_differs")
    return found


def _only_digits(text: str, count: int, name: str) -> str:
    value = digits_of(text) if len(text) <= 100 else ""
    if len(value) != count or not _DIGITS.fullmatch(value):
        raise _bad(name, "length", f"it must be {count} digits")
    return value


def _birthdate(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        raise _bad("nip", "birthdate", "the first eight digits are not a date") from None


def _century(year: int, month: int, day: int, today: date) -> date:
    possible = []
    for century in (2000, 1900):
        try:
            born = date(century + year, month, day)
        except ValueError:
            continue
        if born <= today:
            possible.append(born)
    if not possible:
        raise _bad("nik", "birthdate", "digits 7-12 are not a birth date")
    grown = [born for born in possible if born.year + 15 <= today.year]
    return (grown or possible)[0]


def _bad(name: str, what: str, sentence: str) -> Invalid:
    return Invalid(f"{name}.{what}", f"{'NIP / NI PPPK' if name == 'nip' else 'NIK'}: {sentence}", field=name)
