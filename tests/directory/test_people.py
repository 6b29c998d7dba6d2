from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from idp.directory.orgs import NewUnit
from idp.directory.people import NewPerson, Person
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Conflict, DomainError, Invalid, NotFound
from tests.directory.conftest import House

NIP = "198609262015051001"
OTHER_NIP = "198609262015051002"
PPPK = "199002142022212005"
NIK = "1271012609860001"


def _budi(house: House, **values: Any) -> Person:
    return house.people.create(OPERATOR, NewPerson(**{"username": "budi", "name": "Budi Siregar", "number": NIP, **values}))


def test_a_person_is_found_by_every_spelling_of_username_number_and_address(house: House) -> None:
    person = house.people.create(OPERATOR, NewPerson("Budi.S", "Budi", number="19860926 201505 1 001", email="Budi@Medan.go.id"))
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in NIP)
    names = ("budi.s", "BUDI.S", " Budi.S ", "budi@medan.go.id", "BUDI@MEDAN.GO.ID")
    for spelling in (*names, NIP, "19860926 201505 1 001", "19860926.201505-1.001", wide):
        found = house.people.find_for_sign_in(spelling)
        assert found is not None, spelling
        assert found.id == person.id


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=300))
def test_any_text_finds_somebody_or_nobody_and_never_breaks(house: House, name: str) -> None:
    assert house.people.find_for_sign_in(name) is None
    assert house.people.find_for_sign_in(f"a@{name}") is None


@pytest.mark.parametrize("name", ["\x00", "budi\x00", "\ud800", "x" * 100_000, "' OR 1=1 --", "budi@\x00"])
def test_hostile_names_find_nobody(house: House, name: str) -> None:
    assert house.people.find_for_sign_in(name) is None
    assert house.people.by_username(name) is None


def test_the_old_number_stays_as_history_finds_the_person_for_an_administrator_and_does_not_sign_in(house: House) -> None:
    person = _budi(house, number=PPPK)
    house.clock.advance(seconds=86400)
    house.people.change_identifier(OPERATOR, person.id, NIP)
    assert house.people.find_for_sign_in(NIP) is person
    assert house.people.find_for_sign_in(PPPK) is None
    assert house.people.find(PPPK) == [person]
    history = house.store.identifiers(person.id)
    assert [(one.kind, one.value, one.valid_to is None) for one in history] == [("NI_PPPK", PPPK, False), ("NIP", NIP, True)]


def test_a_username_that_is_an_old_number_does_not_sign_in(house: House) -> None:
    person = _budi(house, username=PPPK, number=PPPK)
    assert house.people.find_for_sign_in(PPPK) is person
    house.people.change_identifier(OPERATOR, person.id, NIP)
    assert house.people.find_for_sign_in(PPPK) is None
    assert house.people.find(PPPK) == [person]


def test_no_username_stands_in_the_way_of_an_issued_identifier(house: House) -> None:
    vendor = house.people.create(OPERATOR, NewPerson("vendor", "Vendor"))
    issued = str(house.people.numbers.current(vendor.id).value)
    house.people.create(OPERATOR, NewPerson(issued, "Taker"))
    assert house.people.find_for_sign_in(issued) is vendor


def test_changing_to_the_same_number_changes_nothing(house: House) -> None:
    person = _budi(house)
    house.people.change_identifier(OPERATOR, person.id, "1986 0926 2015051001")
    assert len(house.store.identifiers(person.id)) == 1


@pytest.mark.parametrize("number", [NIP, PPPK])
def test_a_second_active_account_with_the_same_number_is_refused(house: House, number: str) -> None:
    _budi(house, number=number)
    with pytest.raises(Conflict) as refused:
        house.people.create(OPERATOR, NewPerson("ani", "Ani", number=number))
    assert refused.value.code == "nip.taken"


def test_another_person_cannot_change_to_a_number_in_use(house: House) -> None:
    _budi(house)
    ani = house.people.create(OPERATOR, NewPerson("ani", "Ani", number=PPPK))
    with pytest.raises(Conflict):
        house.people.change_identifier(OPERATOR, ani.id, NIP)


def test_the_database_itself_refuses_two_current_holders(house: House) -> None:
    from idp.directory.models import PersonIdentifier

    budi = _budi(house)
    ani = house.people.create(OPERATOR, NewPerson("ani", "Ani"))
    number = house.people.numbers.current(ani.id)
    assert number.kind == "ISSUED"
    number.valid_to = house.clock.now()
    house.store.save()
    twin = PersonIdentifier(id="x" * 26, person_id=ani.id, kind="NI_PPPK", value=NIP, valid_from=house.clock.now(), valid_to=None)
    with pytest.raises(Conflict):
        house.store.add(twin)
    del budi


def test_a_new_account_takes_over_the_number_of_a_disabled_one_which_keeps_it_as_history(house: House) -> None:
    old = _budi(house)
    house.people.disable(OPERATOR, old.id)
    new = house.people.create(OPERATOR, NewPerson("budi2", "Budi", number=NIP))
    assert house.people.find_for_sign_in(NIP) is new
    assert house.people.find(NIP)[0] is new
    house.people.enable(OPERATOR, old.id)
    assert house.people.find_for_sign_in(NIP) is new


def test_a_nik_is_sealed_found_by_its_keyed_hash_and_nowhere_in_the_database(house: House) -> None:
    person = _budi(house, nik="127101 260986 0001")
    assert house.people.numbers.by_nik(NIK) is person
    assert house.people.numbers.nik(person.id) == NIK
    row = house.store.current_nik(person.id)
    assert row is not None
    assert row.value is None
    assert NIK.encode() not in (row.sealed or b"")
    assert house.people.find_for_sign_in(NIK) is None
    profile = house.store.profile(person.id, ["openid", "nik"])
    assert profile is not None
    assert profile.nik == NIK
    assert NIK not in repr(profile)
    events = house.session.execute(text("SELECT details FROM audit_events")).scalars()
    assert not [details for details in events if NIK in str(details)]


def test_a_second_active_account_with_the_same_nik_is_refused(house: House) -> None:
    _budi(house, nik=NIK)
    with pytest.raises(Conflict) as refused:
        house.people.create(OPERATOR, NewPerson("ani", "Ani", nik=NIK))
    assert refused.value.code == "nik.taken"


def test_a_nik_changes_with_history(house: House) -> None:
    person = _budi(house, nik=NIK)
    house.people.set_nik(OPERATOR, person.id, "1271012609860002")
    assert house.people.numbers.by_nik(NIK) is None
    assert house.people.numbers.nik(person.id) == "1271012609860002"


def test_people_without_a_nip_get_an_issued_identifier_that_signs_in(house: House) -> None:
    vendor = house.people.create(OPERATOR, NewPerson("vendor", "Vendor", employment_status="PIHAK_KETIGA"))
    number = house.people.numbers.current(vendor.id)
    assert number.kind == "ISSUED"
    assert house.people.find_for_sign_in(str(number.value).upper()) is vendor


@pytest.mark.parametrize(("number", "status"), [(NIP, "PNS"), (PPPK, "PPPK"), (None, "NON_ASN")])
def test_the_employment_status_follows_the_number_when_not_given(house: House, number: str | None, status: str) -> None:
    assert house.people.create(OPERATOR, NewPerson("ani", "Ani", number=number)).employment_status == status


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "with space"}, "username"),
        ({"username": "a\x00b"}, "username"),
        ({"username": "x" * 65}, "username"),
        ({"username": OTHER_NIP}, "username"),
        ({"username": "19860926.2015051001"}, "username"),
        ({"username": NIK}, "username"),
        ({"username": "somebody@medan.go.id"}, "username"),
        ({"name": "  "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"number": "123"}, "nip"),
        ({"nik": "123"}, "nik"),
        ({"email": "no address"}, "email"),
        ({"email": "a@b\nBcc: c@d"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"employment_status": "pns"}, "employment_status"),
        ({"activity": "asleep"}, "activity"),
        ({"government_code": "99.99"}, "government"),
        ({"unit_id": "nothing"}, "unit"),
    ],
)
def test_a_bad_value_is_named_and_changes_nothing(house: House, values: dict[str, Any], field: str) -> None:
    before = house.store.count_people()
    with pytest.raises(Invalid) as refused:
        _budi(house, **values)
    assert refused.value.params["field"] == field
    assert "\n" not in refused.value.sentence
    assert house.store.count_people() == before


def test_a_username_may_be_ones_own_number_or_address(house: House) -> None:
    assert house.people.create(OPERATOR, NewPerson(NIP, "Budi", number=NIP)).username == NIP
    assert house.people.create(OPERATOR, NewPerson("ani@medan.go.id", "Ani", email="Ani@medan.go.id")).username == "ani@medan.go.id"


def test_a_username_in_another_spelling_is_taken(house: House) -> None:
    _budi(house)
    with pytest.raises(Conflict) as refused:
        house.people.create(OPERATOR, NewPerson("ＢＵＤＩ", "Budi"))
    assert refused.value.code == "username.taken"


def test_a_shared_address_signs_in_only_the_one_account_that_verified_it(house: House) -> None:
    first = _budi(house, email="kantor@medan.go.id")
    second = house.people.create(OPERATOR, NewPerson("ani", "Ani", email="kantor@medan.go.id"))
    assert house.people.find_for_sign_in("kantor@medan.go.id") is None
    house.people.verify_email(OPERATOR, second.id)
    assert house.people.find_for_sign_in("kantor@medan.go.id") is second
    house.people.verify_email(OPERATOR, first.id)
    assert house.people.find_for_sign_in("kantor@medan.go.id") is None


def test_another_address_is_not_verified(house: House) -> None:
    person = _budi(house, email="a@medan.go.id")
    house.people.verify_email(OPERATOR, person.id)
    changed = house.people.set_email(OPERATOR, person.id, "b@medan.go.id")
    assert changed.email_verified_at is None
    assert house.people.set_email(OPERATOR, person.id, None).email_key is None


@pytest.mark.parametrize("activity", ["suspended", "transferred_out", "retired", "deceased"])
def test_an_activity_that_ends_access_disables_and_keeps_disabled(house: House, activity: str) -> None:
    person = _budi(house)
    assert house.people.set_activity(OPERATOR, person.id, activity).status == "disabled"
    with pytest.raises(Conflict):
        house.people.enable(OPERATOR, person.id)
    house.people.set_activity(OPERATOR, person.id, "active")
    assert house.people.enable(OPERATOR, person.id).status == "active"


def test_an_invited_person_becomes_active_and_a_disabled_one_does_not(house: House) -> None:
    person = _budi(house, status="invited")
    assert house.people.activate(OPERATOR, person.id).status == "active"
    house.people.disable(OPERATOR, person.id)
    with pytest.raises(Conflict):
        house.people.activate(OPERATOR, person.id)


def test_other_columns_change_by_name_only(house: House) -> None:
    person = _budi(house)
    changed = house.people.change(OPERATOR, person.id, name="Budi S.", phone="0812-3456-7890", title_after="S.E.", government_code="12.71")
    assert (changed.full_name, changed.phone, changed.government_code) == ("Budi S., S.E.", "+6281234567890", "12.71")
    with pytest.raises(Invalid):
        house.people.change(OPERATOR, person.id, subject_seed=b"")
    with pytest.raises(NotFound):
        house.people.change(OPERATOR, "nobody", name="x")


def test_each_change_has_its_event_with_masked_numbers(house: House) -> None:
    person = _budi(house, number=PPPK, government_code="12.71")
    house.people.change_identifier(OPERATOR, person.id, NIP)
    house.people.disable(OPERATOR, person.id, reason="left")
    events = text("SELECT tag, government_code, details FROM audit_events WHERE subject_id = :id ORDER BY id")
    rows = house.session.execute(events, {"id": person.id}).all()
    assert [row.tag for row in rows] == ["directory:person:create", "directory:identifier:change", "directory:person:disable"]
    assert {row.government_code for row in rows} == {"12.71"}
    assert not [row for row in rows if NIP in str(row.details) or PPPK in str(row.details)]


def test_assignments_are_dated_and_one_is_primary(house: House) -> None:
    dinas = house.orgs.add_unit(OPERATOR, NewUnit("12.71", "dinkes", "Dinas Kesehatan", "dinas"))
    badan = house.orgs.add_unit(OPERATOR, NewUnit("12.71", "bkpsdm", "BKPSDM", "badan"))
    person = _budi(house, government_code="12.71", unit_id=dinas.id, position="Analis", grade="III/a")
    acting = house.people.assign(OPERATOR, person.id, badan.id, position="Kepala", acting="Plt.", is_primary=False)
    past = {"valid_from": date(2020, 1, 1), "valid_to": date(2021, 1, 1)}
    house.people.assign(OPERATOR, person.id, badan.id, position="Lama", is_primary=False, **past)
    assert [(post.unit_name, post.acting) for post in house.store.posts(person.id)] == [("Dinas Kesehatan", None), ("BKPSDM", "Plt.")]
    house.people.assign(OPERATOR, person.id, badan.id, position="Analis Madya")
    assert [post.is_primary for post in house.store.posts(person.id)] == [True, False, False]
    house.people.end_assignment(OPERATOR, acting)
    assert len(house.store.posts(person.id)) == 2


@pytest.mark.parametrize(
    "post", [{"acting": "Pjs"}, {"valid_from": date(2027, 1, 2), "valid_to": date(2027, 1, 2)}, {"unit_id": "none"}, {"grade": "x" * 9}]
)
def test_a_bad_assignment_is_refused(house: House, post: dict[str, Any]) -> None:
    unit = house.orgs.add_unit(OPERATOR, NewUnit("12.71", "dinkes", "Dinas Kesehatan"))
    person = _budi(house)
    with pytest.raises(DomainError):
        house.people.assign(OPERATOR, person.id, **{"unit_id": unit.id, **post})


def test_the_profile_is_one_select_for_the_standard_scopes(house: House) -> None:
    from sqlalchemy import event

    person = _budi(house, government_code="12.71")
    statements: list[str] = []
    engine = house.session.connection().engine
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement))
    assert house.store.profile(person.id, ["openid", "profile", "email", "phone"]) is not None
    assert len(statements) == 1
    assert house.store.profile("nobody", ["openid"]) is None
