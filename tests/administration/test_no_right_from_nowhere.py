"""Admins, grants, moves of people and of units, in any order: nobody ever reaches a right that nobody who had it gave (attack X5)."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from idp.directory.orgs import NewUnit
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.clock import FrozenClock
from idp.kernel.errors import DomainError
from idp.policy.permissions import EVERYWHERE, Officer, Permission, Place, Role
from idp.wiring import Deps, Services
from tests.running import test_settings

GOVERNMENTS = ("12.71", "12.72")
Right = tuple[str, Permission, str]  # person, right, place


class Administrators(RuleBasedStateMachine):
    """Six people, two governments with a few units each; every verb is tried by everybody.

    `given` is the model: for each person the rights that were handed to them by somebody who had them, at places named by unit. A
    unit that moves takes along what those above its new place hold, if the mover had it.
    """

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "idp.db")
        self.deps = Deps.build(test_settings(f"sqlite:///{self.folder / 'idp.db'}"), clock=FrozenClock(datetime(2027, 3, 15, tzinfo=UTC)))
        self.context = self.deps.database.unit()
        self.services = Services(self.deps, self.context.__enter__())
        self.room = self.services.administration

    @initialize()
    def begin(self) -> None:
        services = self.services
        services.organisations.seed(OPERATOR)
        self.units = [
            services.organisations.add_unit(OPERATOR, NewUnit(code, f"u{n}", f"Unit {n}")).id for code in GOVERNMENTS for n in range(3)
        ]
        self.people = [
            services.people.create(OPERATOR, NewPerson(f"p{n}", f"P {n}", government_code=code, unit_id=self.units[3 * (n % 2)])).id
            for n, code in enumerate(GOVERNMENTS * 3)
        ]
        services.roles.grant(OPERATOR, self.people[0], "administrator")
        services.roles.grant(OPERATOR, self.people[1], "government_admin", GOVERNMENTS[0])
        services.roles.grant(OPERATOR, self.people[2], "hr_admin", GOVERNMENTS[0])
        services.roles.grant(OPERATOR, self.people[3], "helpdesk", GOVERNMENTS[1], self.units[3])
        services.roles.grant(OPERATOR, self.people[4], "government_admin", GOVERNMENTS[0], self.units[0])
        self.given = self._rights()

    def _officer(self, index: int) -> Officer:
        return self.room.scope.officer(self.people[index])

    def _places(self) -> dict[str, Place]:
        places = {"everywhere": EVERYWHERE, **{code: Place(code) for code in GOVERNMENTS}}
        for unit_id in self.units:
            unit = self.services.organisations.unit(unit_id)
            assert unit is not None
            places[unit_id] = self.room.scope.place_of_unit(unit)
        return places

    def _rights(self) -> set[Right]:
        places, officers = self._places(), [self._officer(index) for index in range(len(self.people))]
        return {
            (officer.id, permission, name)
            for officer in officers
            for name, place in places.items()
            for permission in officer.permissions
            if officer.may(permission, place)
        }

    def _tried(self, by: int, verb: Callable[[Actor, Officer], Any]) -> None:
        """One attempt of one officer; what others gained by it they must have held themselves before, at that place."""
        actor, officer, before = Actor("person", self.people[by]), self._officer(by), self.given
        own = {(permission, name) for person, permission, name in before if person == officer.id}
        try:
            verb(actor, officer)
        except DomainError:
            assert self._rights() == before, "a refused verb changed a right"
            return
        self.given = self._rights()
        beyond = {(permission.value, name) for _, permission, name in self.given - before if (permission, name) not in own}
        assert not beyond, f"{officer.held} gave {beyond}"

    @rule(by=st.integers(0, 5), to=st.integers(0, 5), role=st.sampled_from(Role), where=st.sampled_from((None, *GOVERNMENTS)),
          unit=st.none() | st.integers(0, 5))  # fmt: skip
    def give(self, by: int, to: int, role: Role, where: str | None, unit: int | None) -> None:
        unit_id = self.units[unit] if unit is not None else None
        self._tried(by, lambda actor, officer: self.room.grants.give(actor, officer, self.people[to], role.value, where, unit_id))

    @rule(by=st.integers(0, 5), of=st.integers(0, 5), which=st.integers(0, 3))
    def take(self, by: int, of: int, which: int) -> None:
        grants = self.room.store.grants_of(self.people[of])
        if which < len(grants):
            self._tried(by, lambda actor, officer: self.room.grants.take(actor, officer, self.people[of], grants[which].id))

    @rule(by=st.integers(0, 5), who=st.integers(0, 5), unit=st.integers(0, 5), primary=st.booleans())
    def move_person(self, by: int, who: int, unit: int, primary: bool) -> None:
        self._tried(
            by, lambda actor, officer: self.room.units.assign(
                actor, officer, self.people[who], self.units[unit], position=None, primary=primary
            )
        )  # fmt: skip

    @rule(by=st.integers(0, 5), unit=st.integers(0, 5), parent=st.none() | st.integers(0, 5))
    def move_unit(self, by: int, unit: int, parent: int | None) -> None:
        above = self.units[parent] if parent is not None else None
        self._tried(by, lambda actor, officer: self.room.units.move(actor, officer, self.units[unit], above))

    @rule(by=st.integers(0, 5), who=st.integers(0, 5))
    def disable(self, by: int, who: int) -> None:
        self._tried(by, lambda actor, officer: self.room.people.do(actor, officer, "disable", self.people[who], "Because of this test"))

    @rule(by=st.integers(0, 5), who=st.integers(0, 5))
    def enable(self, by: int, who: int) -> None:
        self._tried(by, lambda actor, officer: self.room.people.do(actor, officer, "enable", self.people[who], "Because of this test"))

    @rule(by=st.integers(0, 5), who=st.integers(0, 5))
    def take_in_hand(self, by: int, who: int) -> None:
        """An account that an officer may reset holds nothing that the officer does not."""
        officer, person = self._officer(by), self.services.people.get(self.people[who])
        assert person is not None
        if by != who and self.room.scope.holds_account(officer, person, Permission.FACTOR_RESET):
            theirs, mine = ({right[1:] for right in self.given if right[0] == one} for one in (person.id, officer.id))
            assert theirs <= mine

    @invariant()
    def somebody_owns_the_installation(self) -> None:
        if hasattr(self, "given"):
            assert self.services.directory.owners()

    def teardown(self) -> None:
        self.services.session.rollback()
        self.services.session.close()
        self.deps.database.dispose()
        shutil.rmtree(self.folder)


def test_no_right_comes_from_nowhere(sqlite_template: Path) -> None:
    Administrators.template = sqlite_template
    run_state_machine_as_test(
        Administrators,
        settings=settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)),
    )

