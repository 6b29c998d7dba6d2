"""How sure we are: from the factors proved (amr) to the level reached (acr).

RFC 8176 names the methods; OIDC Core section 2 defines acr and amr; RFC 9470 asks for a level.
"""

from collections.abc import Iterable

ACR_1 = "urn:sumut:acr:1"  # one factor: a password
ACR_2 = "urn:sumut:acr:2"  # two factors
ACR_3 = "urn:sumut:acr:3"  # phishing-resistant
LEVELS = (ACR_1, ACR_2, ACR_3)

PASSWORD = "pwd"  # noqa: S105 - the RFC 8176 name of a method
ONE_TIME_PASSWORD = "otp"  # noqa: S105
MULTIPLE = "mfa"
HARDWARE_KEY = "hwk"
RECOGNISED = "rba"  # RFC 8176: risk-based; here: a device that proved two factors before, and that policy lets us remember

# RFC 8176 has no name for a recovery code: it counts as a second factor without a method of its own.
AFTER_PASSWORD = (PASSWORD,)
AFTER_CODE = (PASSWORD, ONE_TIME_PASSWORD, MULTIPLE)
AFTER_RECOVERY_CODE = (PASSWORD, MULTIPLE)
# A remembered device is something the person has: two factors, but never a fresh proof of both (policy.assurance.is_remembered).
AFTER_REMEMBERED = (PASSWORD, MULTIPLE, RECOGNISED)

OFFERED_RANK = 2  # the strongest this provider can check today (no passkeys yet)


def acr_of(amr: Iterable[str]) -> str:
    """The level that these methods reach together."""
    methods = frozenset(amr)
    if HARDWARE_KEY in methods and MULTIPLE in methods:
        return ACR_3
    return ACR_2 if MULTIPLE in methods else ACR_1


def rank(acr: str | None) -> int:
    """1, 2 or 3 of a level; 0 for none or one we do not know, which therefore never raises or satisfies anything."""
    return LEVELS.index(acr) + 1 if acr in LEVELS else 0


def enough(acr: str | None, wanted: str | None) -> bool:
    """True when `acr` is at least `wanted` (RFC 9470 section 4: a level asked for is a minimum)."""
    return rank(acr) >= rank(wanted)


def has_second_factor(amr: Iterable[str]) -> bool:
    """True when more than one factor was proved."""
    return MULTIPLE in frozenset(amr)


def is_remembered(amr: Iterable[str]) -> bool:
    """True when the second factor was a remembered device: not enough to change factors, nor where policy does not allow it."""
    return RECOGNISED in frozenset(amr)
