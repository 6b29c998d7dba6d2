import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.policy.permissions import (
    EVERYWHERE,
    MAY,
    Held,
    Officer,
    Permission,
    Place,
    Role,
    covers,
    dominates,
    is_administrative,
    is_ownership,
    may,
    may_grant,
    reach,
)

MEDAN = Place("12.71", ("leaf", "root"))


@pytest.mark.parametrize("role", Role)
def test_every_role_but_a_developer_is_administrative(role: Role) -> None:
    assert is_administrative(role) == (role is not Role.DEVELOPER)


def test_a_role_nobody_knows_counts_as_administrative() -> None:
    assert is_administrative("something new")


@pytest.mark.parametrize("role", Role)
def test_every_role_allows_something(role: Role) -> None:
    assert MAY[role]


@pytest.mark.parametrize(
    ("government", "unit", "place", "reaches"),
    [
        (None, None, MEDAN, True),
        (None, None, EVERYWHERE, True),
        ("12.71", None, MEDAN, True),
        ("12.71", None, EVERYWHERE, False),
        ("12", None, MEDAN, False),
        ("12.71", "root", MEDAN, True),
        ("12.71", "leaf", MEDAN, True),
        ("12.71", "other", MEDAN, False),
        ("12.71", "root", Place("12.71"), False),
        (None, "root", MEDAN, True),
        (None, "root", EVERYWHERE, False),
    ],
)
def test_a_role_reaches_its_own_part_only(government: str | None, unit: str | None, place: Place, reaches: bool) -> None:
    assert covers(Held(Role.AUDITOR, government, unit), place) is reaches


def test_a_permission_needs_a_role_that_has_it_there() -> None:
    held = [Held(Role.HELPDESK, "12.71"), Held(Role.AUDITOR)]
    assert may(held, Permission.FACTOR_RESET, MEDAN)
    assert not may(held, Permission.FACTOR_RESET, Place("12.72"))
    assert may(held, Permission.AUDIT_READ, Place("12.72"))
    assert not may([], Permission.AUDIT_READ, MEDAN)


def test_only_who_holds_everything_of_a_role_may_grant_it() -> None:
    boss = [Held(Role.ADMINISTRATOR, "12.71")]
    assert all(may_grant(boss, role, MEDAN) for role in Role)
    assert not any(may_grant(boss, role, place) for role in Role for place in (EVERYWHERE, Place("12")))
    others = [Held(role, "12.71") for role in Role if Permission.ROLE_GRANT not in MAY[role]]
    assert not any(may_grant(others, role, MEDAN) for role in Role)


def test_an_admin_of_a_government_gives_what_they_hold_and_no_more() -> None:
    boss = [Held(Role.GOVERNMENT_ADMIN, "12.71")]
    assert {role for role in Role if may_grant(boss, role, MEDAN)} == {
        Role.GOVERNMENT_ADMIN, Role.HR_ADMIN, Role.HELPDESK, Role.APP_REVIEWER, Role.DEVELOPER,
    }  # fmt: skip
    assert not any(may_grant(boss, role, Place("12.72")) for role in Role)
    part = [Held(Role.GOVERNMENT_ADMIN, "12.71", "root")]
    assert may_grant(part, Role.HELPDESK, MEDAN)
    assert not may_grant(part, Role.HELPDESK, Place("12.71"))  # the whole government is more than a unit of it


def test_only_a_role_held_everywhere_owns_the_installation() -> None:
    assert is_ownership(Held(Role.ADMINISTRATOR))
    assert not is_ownership(Held(Role.ADMINISTRATOR, "12.71"))
    assert not is_ownership(Held(Role.SECURITY_ADMIN))


_UNITS = ("root", "leaf", "other")
_HELD = st.builds(Held, st.sampled_from(Role), st.sampled_from((None, "12", "12.71")), st.sampled_from((None, *_UNITS)))
_PLACES = st.builds(Place, st.sampled_from((None, "12", "12.71")), st.sets(st.sampled_from(_UNITS)).map(lambda units: tuple(sorted(units))))


@given(st.lists(_HELD, max_size=4), st.sampled_from(Permission), _PLACES)
def test_where_somebody_may_do_something_is_the_same_asked_for_one_place_or_for_all(
    held: list[Held], permission: Permission, place: Place
) -> None:
    where = reach(held, permission)
    inside = any(unit in place.unit_line and code in (None, place.government_code) for code, unit in where.units)
    assert (where.everywhere or place.government_code in where.governments or inside) == may(held, permission, place)


@given(st.lists(_HELD, max_size=4), st.sampled_from(Role), _PLACES)
def test_whoever_may_give_a_role_gains_nothing_by_holding_it(held: list[Held], role: Role, place: Place) -> None:
    if may_grant(held, role, place):
        assert dominates(held, role, place)
        assert all(may(held, permission, place) for permission in MAY[role])


def test_a_developer_has_no_part_in_the_administration_area() -> None:
    officer = Officer("p", (Held(Role.DEVELOPER, "12.71"),))
    assert not officer.permissions
    assert not officer.may(Permission.CLIENT_READ, MEDAN)
    assert not officer.reach(Permission.CLIENT_READ)
