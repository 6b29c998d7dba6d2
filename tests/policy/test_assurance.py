"""From factors to levels."""

import pytest

from idp.policy.assurance import (
    ACR_1,
    ACR_2,
    ACR_3,
    AFTER_CODE,
    AFTER_PASSWORD,
    AFTER_RECOVERY_CODE,
    acr_of,
    after_passkey,
    enough,
    has_second_factor,
    rank,
)
from tests.spec import spec


@spec("RFC 8176", "2")
@pytest.mark.parametrize(
    ("amr", "acr"),
    [
        (AFTER_PASSWORD, ACR_1), (AFTER_CODE, ACR_2), (AFTER_RECOVERY_CODE, ACR_2), (("hwk", "mfa"), ACR_3), (("hwk",), ACR_1),
        ((), ACR_1), (("swk", "user", "mfa"), ACR_3), (("swk", "user"), ACR_1),
    ],
)
def test_the_level_follows_from_the_factors(amr, acr):
    assert acr_of(amr) == acr
    assert has_second_factor(amr) == (acr != ACR_1)


@spec("RFC 9470", "4")
def test_a_level_asked_for_is_a_minimum():
    levels = [ACR_1, ACR_2, ACR_3]
    assert all(enough(reached, wanted) == (levels.index(reached) >= levels.index(wanted)) for reached in levels for wanted in levels)


@pytest.mark.parametrize("unknown", [None, "", "urn:mace:incommon:iap:silver", "urn:sumut:acr:4"])
def test_an_unknown_level_asks_for_nothing_and_reaches_nothing(unknown):
    assert rank(unknown) == 0
    assert enough(ACR_1, unknown)
    assert not enough(unknown, ACR_1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), ("hwk", "user", "mfa")),
        (("pwd",), ("pwd", "hwk", "user", "mfa")),
        (("pwd", "otp", "mfa"), ("pwd", "otp", "hwk", "user", "mfa")),
        (("pwd", "mfa", "rba"), ("pwd", "hwk", "user", "mfa")),
        (("swk", "user", "mfa"), ("hwk", "user", "mfa")),
    ],
)
@spec("RFC 8176", "2")
def test_a_key_adds_its_method_once_and_reaches_the_top(before, after):
    assert after_passkey(before, "hwk") == after
    assert acr_of(after) == ACR_3
