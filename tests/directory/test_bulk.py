from idp.directory.bulk import generate, number
from idp.directory.identifiers import parse_number
from idp.kernel.randomness import SystemRandomness
from tests.directory.conftest import House
from tests.directory.test_identifiers import TODAY


def test_invented_numbers_hold_and_differ() -> None:
    values = {number(index, status)[0] for index in range(0, 40_000, 7) for status in ("PNS", "PPPK")}
    assert len(values) == 2 * len(range(0, 40_000, 7))
    assert all(parse_number(value, TODAY) for value in values)


def test_people_are_generated_complete_and_a_second_run_goes_on(house: House, randomness: SystemRandomness) -> None:
    assert generate(house.session, 200, randomness=randomness, clock=house.clock) == 200
    assert generate(house.session, 100, randomness=randomness, clock=house.clock) == 100
    assert house.store.count_people() == 300
    person = house.people.find_for_sign_in("pegawai0000250")
    assert person is not None
    profile = house.store.profile(person.id, ["asn"])
    assert profile is not None
    assert profile.nip == number(250, person.employment_status)[0]
    assert profile.posts[0].government_code == person.government_code
    assert house.people.find_for_sign_in(profile.nip) is person
