"""Invented people in any number, for benchmarks and rehearsals: governments, units, people, numbers, posts; no passwords.

Numbers and names follow from a running index, so a second run goes on where the first ended and the data look alike
on every machine; only ids and subject seeds are random.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.directory.days import today
from idp.directory.models import Assignment, Person, PersonIdentifier, PersonWord, Unit
from idp.directory.naming import words
from idp.directory.orgs import Organisations
from idp.directory.store import DirectoryStore
from idp.kernel.actor import SYSTEM
from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness, new_id

_CHUNK = 5000
_GIVEN = ("Andi", "Budi", "Citra", "Dewi", "Eka", "Fitri", "Hotma", "Intan", "Juli", "Lamhot", "Maruli", "Nurul", "Rotua", "Sari", "Tiur")
_FAMILY = ("Siregar", "Nasution", "Harahap", "Sinaga", "Lubis", "Ginting", "Tarigan", "Zega", "Hutapea", "Saragih", "Purba", "Laia")
_KINDS = ("dinas", "badan", "sekretariat", "uptd", "puskesmas", "school", "kecamatan", "kelurahan")
_STATUSES = ("PNS", "PNS", "PNS", "PPPK", "PPPK_PARUH_WAKTU", "PNS", "CPNS", "PPPK")
_FIRST_BIRTH = date(1966, 1, 1)
_BIRTHS = 12000  # days of birth; with 500 sequences each: room for six million people
_PER_UNIT = 50


def generate(session: Any, people: int, *, randomness: Randomness, clock: Clock) -> int:
    """Add `people` invented people in one transaction of `session` (the caller commits); gives how many.

    About 5,000 units for 250,000 people. One audit event stands for the whole load.
    """
    store, audit = DirectoryStore(session, clock=clock), AuditLog(AuditStore(session), clock)
    Organisations(store, audit, clock, randomness).seed(SYSTEM)
    audit.record(Tag.PERSON_CREATE, SYSTEM, bulk=people)
    first = store.count_people()
    units = _units(store, people, randomness, clock)
    for start in range(first, first + people, _CHUNK):
        rows = list(_people(range(start, min(start + _CHUNK, first + people)), units, randomness, clock.now(), today(clock)))
        store.insert_many(Person, [row[0] for row in rows])
        store.insert_many(PersonIdentifier, [row[1] for row in rows])
        store.insert_many(Assignment, [row[2] for row in rows])
        store.insert_many(PersonWord, [word for row in rows for word in _words(row[0])])
    return people


def number(index: int, status: str) -> tuple[str, date]:
    """The invented NIP or NI PPPK of a person, and the birth date in it; different for each index below six million."""
    born = _FIRST_BIRTH + timedelta(days=index * 37 % _BIRTHS)
    appointed = born.year + 20 + index % 4
    mark = f"2{1 + index % 9}" if status.startswith("PPPK") else f"{1 + index % 12:02d}"
    return f"{born:%Y%m%d}{appointed}{mark}{1 + index % 2}{500 + index // _BIRTHS % 500:03d}", born


def _units(store: DirectoryStore, people: int, randomness: Randomness, clock: Clock) -> list[tuple[str, str]]:
    """(government, unit id) for the people to stand in; one root and its units per government and run."""
    made: list[dict[str, Any]] = []
    governments = [government.code for government in store.governments()]
    each = max(3, min(150, people // len(governments) // _PER_UNIT))
    for government in governments:
        run = new_id(randomness, clock.now())[-8:]
        root = None
        for position in range(each):
            row = {
                "id": new_id(randomness, clock.now()), "government_code": government, "parent_id": root,
                "code": f"u-{run}-{position:03d}", "name": f"{_KINDS[position % len(_KINDS)].title()} {position:03d}",
                "kind": _KINDS[position % len(_KINDS)], "valid_from": date(2020, 1, 1), "valid_to": None, "successor_id": None,
            }  # fmt: skip
            root = root or row["id"]
            made.append(row)
    store.insert_many(Unit, made)
    return [(row["government_code"], row["id"]) for row in made]


def _people(
    indexes: range, units: list[tuple[str, str]], randomness: Randomness, now: datetime, day: date
) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    for index in indexes:
        status = _STATUSES[index % len(_STATUSES)]
        value, born = number(index, status)
        government, unit = units[index % len(units)]
        person = new_id(randomness, now)
        yield (
            _person(index, person, status, government, born, randomness, now),
            {
                "id": new_id(randomness, now), "person_id": person, "kind": "NI_PPPK" if status.startswith("PPPK") else "NIP",
                "value": value, "lookup": None, "sealed": None, "valid_from": now, "valid_to": None,
            },
            {
                "id": new_id(randomness, now), "person_id": person, "unit_id": unit, "position": "Pelaksana",
                "position_kind": "Pelaksana", "grade": "III/a", "acting": None, "is_primary": True, "valid_from": day, "valid_to": None,
            },
        )  # fmt: skip


def _words(person: dict[str, Any]) -> Iterator[dict[str, str]]:
    for word in sorted(words(person["name"], person["username"], person["email_key"])):
        yield {"word": word, "person_id": person["id"]}


def _person(index: int, person_id: str, status: str, government: str, born: date, randomness: Randomness, now: datetime) -> dict[str, Any]:
    given, family = _GIVEN[index % len(_GIVEN)], _FAMILY[index // len(_GIVEN) % len(_FAMILY)]
    address = f"pegawai{index:07d}@asn.example"
    return {
        "id": person_id, "username": f"pegawai{index:07d}", "name": f"{given} {family}", "given_name": given, "family_name": family,
        "title_before": None, "title_after": None, "nickname": None, "email": address, "email_key": address, "email_verified_at": now,
        "phone": None, "phone_verified_at": None, "birthdate": born, "government_code": government, "employment_status": status,
        "activity": "active", "status": "active", "locale": "id", "subject_seed": randomness.bytes(32), "created_at": now,
        "updated_at": now, "disabled_at": None,
    }  # fmt: skip
