import pytest

from idp.policy.permissions import EVERYWHERE, MAY, Held, Permission, Place, Role, covers, is_administrative, may, may_grant

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
    others = [Held(role, "12.71") for role in Role if role is not Role.ADMINISTRATOR]
    assert not any(may_grant(others, role, MEDAN) for role in Role)
