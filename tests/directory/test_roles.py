from threading import Barrier, Thread

import pytest
from sqlalchemy.orm import Session

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.db.session import Database
from idp.directory.orgs import NewUnit
from idp.directory.people import NewPerson, People
from idp.directory.profile import HeldRole
from idp.directory.roles import Roles
from idp.directory.store import DirectoryStore
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.clock import FrozenClock
from idp.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from idp.kernel.randomness import SystemRandomness
from idp.kernel.sealing import Sealer
from idp.policy.permissions import Held, Role
from tests.directory.conftest import House


def _person(house: House, username: str) -> str:
    return house.people.create(OPERATOR, NewPerson(username, username.title(), government_code="12.71")).id


def test_a_role_is_held_where_it_was_granted_until_it_is_revoked(house: House) -> None:
    budi = _person(house, "budi")
    unit = house.orgs.add_unit(OPERATOR, NewUnit("12.71", "dinkes", "Dinas Kesehatan"))
    house.roles.grant(OPERATOR, budi, "auditor")
    house.roles.grant(OPERATOR, budi, "hr_admin", "12.71")
    house.roles.grant(OPERATOR, budi, "helpdesk", unit_id=unit.id)
    assert set(house.roles.of_person(budi)) == {
        HeldRole("auditor", None, None), HeldRole("hr_admin", "12.71", None), HeldRole("helpdesk", "12.71", unit.id),
    }  # fmt: skip
    assert Held(Role.AUDITOR) in house.roles.held(budi)
    assert house.roles.revoke(OPERATOR, budi, "hr_admin", "12.71") == 1
    assert len(house.roles.of_person(budi)) == 2
    profile = house.store.profile(budi, ["roles"])
    assert profile is not None
    assert profile.roles == house.roles.of_person(budi)


def test_granting_twice_gives_one_grant(house: House) -> None:
    budi = _person(house, "budi")
    assert house.roles.grant(OPERATOR, budi, "auditor").id == house.roles.grant(OPERATOR, budi, "auditor").id


def test_a_role_that_is_not_held_there_cannot_be_revoked(house: House) -> None:
    budi = _person(house, "budi")
    house.roles.grant(OPERATOR, budi, "auditor")
    with pytest.raises(NotFound):
        house.roles.revoke(OPERATOR, budi, "auditor", "12.71")


@pytest.mark.parametrize(("role", "government", "unit"), [("king", None, None), ("auditor", "99", None), ("auditor", None, "none")])
def test_an_unknown_role_or_place_is_refused(house: House, role: str, government: str | None, unit: str | None) -> None:
    with pytest.raises(Invalid):
        house.roles.grant(OPERATOR, _person(house, "budi"), role, government, unit)


def test_a_person_cannot_give_what_they_do_not_hold(house: House) -> None:
    boss, budi = _person(house, "boss"), _person(house, "budi")
    house.roles.grant(OPERATOR, boss, "administrator", "12.71")
    actor = Actor("person", boss)
    assert house.roles.grant(actor, budi, "hr_admin", "12.71").granted_by == boss
    for government in (None, "12.72"):
        with pytest.raises(NotAllowed):
            house.roles.grant(actor, budi, "hr_admin", government)
    with pytest.raises(NotAllowed):
        house.roles.grant(Actor("person", budi), budi, "helpdesk", "12.71")
    with pytest.raises(NotAllowed):
        house.roles.grant(Actor("anonymous"), budi, "helpdesk")


def test_a_role_of_an_unknown_person_is_refused(house: House) -> None:
    with pytest.raises(NotFound):
        house.roles.grant(OPERATOR, "nobody", "auditor")


def test_the_last_owner_cannot_be_removed(house: House) -> None:
    """Nobody can be locked out of the installation, whoever asks and whichever way."""
    boss, other = _person(house, "boss"), _person(house, "other")
    house.roles.grant(OPERATOR, boss, "administrator")
    house.roles.grant(OPERATOR, other, "administrator", "12.71")  # of a government: no owner
    for removing in (
        lambda: house.roles.revoke(OPERATOR, boss, "administrator"),
        lambda: house.people.disable(OPERATOR, boss),
        lambda: house.people.set_activity(OPERATOR, boss, "retired"),
    ):
        with pytest.raises(Conflict) as refused:
            removing()
        assert refused.value.code == "owner.last"
    house.roles.grant(OPERATOR, other, "administrator")
    house.people.disable(OPERATOR, boss)
    with pytest.raises(Conflict):  # the first is disabled, so the second is the last
        house.roles.revoke(OPERATOR, other, "administrator")
    assert house.roles.revoke(OPERATOR, boss, "administrator") == 1


def test_two_owners_who_remove_each_other_at_once_leave_one(database: Database, clock: FrozenClock, randomness: SystemRandomness) -> None:
    """One waits for the other, sees that it would be the last, and is refused."""
    sealer = Sealer([bytes(range(32))], randomness)

    def house(session: Session) -> tuple[People, Roles]:
        store, audit = DirectoryStore(session, sealer, clock), AuditLog(AuditStore(session), clock)
        return People(store, audit, clock, randomness, sealer), Roles(store, audit, clock, randomness)

    with database.unit() as session:
        people, roles = house(session)
        both = [people.create(OPERATOR, NewPerson(name, name.title())).id for name in ("one", "two")]
        for person in both:
            roles.grant(OPERATOR, person, "administrator")
    start, refused = Barrier(2), []

    def remove(by: str, other: str, how: str) -> None:
        start.wait()
        try:
            with database.unit() as session:
                people, roles = house(session)
                if how == "disable":
                    people.disable(Actor("person", by), other)
                else:
                    roles.revoke(Actor("person", by), other, "administrator")
        except (Conflict, NotAllowed) as error:
            refused.append(error.code)

    threads = [Thread(target=remove, args=(both[n], both[1 - n], how)) for n, how in enumerate(("disable", "revoke"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.unit() as session:
        assert len(DirectoryStore(session).owners()) == 1
    assert len(refused) == 1
