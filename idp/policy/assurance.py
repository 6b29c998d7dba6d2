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
HARDWARE_KEY = "hwk"  # a key that cannot leave its device
COPIED_KEY = "swk"  # a key that its provider may copy to other devices of the person: RFC 8176 calls what software can hold that
PRESENT = "user"  # somebody touched it; every answer of a key proves that
KEYS = frozenset({HARDWARE_KEY, COPIED_KEY})
RECOGNISED = "rba"  # RFC 8176: risk-based; here: a device that proved two factors before, and that policy lets us remember

# RFC 8176 has no name for a recovery code: it counts as a second factor without a method of its own.
AFTER_PASSWORD = (PASSWORD,)
AFTER_CODE = (PASSWORD, ONE_TIME_PASSWORD, MULTIPLE)
AFTER_RECOVERY_CODE = (PASSWORD, MULTIPLE)
# A remembered device is something the person has: two factors, but never a fresh proof of both (policy.assurance.is_remembered).
AFTER_REMEMBERED = (PASSWORD, MULTIPLE, RECOGNISED)

# The scale on which strength is compared. A level (acr) names three of its points; the app's own code, which neither a
# remembered device nor a recovery code replaces, stands between the second and the third.
RANKS = {ACR_1: 1, ACR_2: 2, ACR_3: 4}
RANK_OF_TWO = 2
RANK_OF_APP = 3
RANK_OF_CODES = 3  # the most that a password and any code reach together; beyond it only a key will do
OFFERED_RANK = 4  # the strongest this provider can check


def after_passkey(before: Iterable[str], method: str) -> tuple[str, ...]:
    """The methods after a key has answered. before: those proved already, none where the key came alone and knows its person.

    A key is bound to our origin, so neither it nor a password before it can be phished together: acr 3 in both cases.
    """
    proved = [one for one in before if one not in (MULTIPLE, RECOGNISED, PRESENT, *KEYS)]
    return (*proved, method, PRESENT, MULTIPLE)


def acr_of(amr: Iterable[str]) -> str:
    """The level that these methods reach together."""
    methods = frozenset(amr)
    if KEYS & methods and MULTIPLE in methods:
        return ACR_3
    return ACR_2 if MULTIPLE in methods else ACR_1


def rank(acr: str | None) -> int:
    """The rank of a level; 0 for none or one we do not know, which therefore never raises or satisfies anything."""
    return RANKS.get(acr, 0) if acr else 0


def strength(amr: Iterable[str]) -> int:
    """The rank that these methods reach together: that of their level, or above it where the authenticator app was one of them."""
    methods = frozenset(amr)
    reached = RANKS[acr_of(methods)]
    own_code = ONE_TIME_PASSWORD in methods and MULTIPLE in methods and RECOGNISED not in methods
    return max(reached, RANK_OF_APP) if own_code else reached


def acr_for(wanted: int) -> str:
    """The weakest level whose rank is enough, or the strongest there is."""
    return next((acr for acr in LEVELS if RANKS[acr] >= wanted), LEVELS[-1]) if wanted != RANK_OF_APP else ACR_2


def enough(acr: str | None, wanted: str | None) -> bool:
    """True when `acr` is at least `wanted` (RFC 9470 section 4: a level asked for is a minimum)."""
    return rank(acr) >= rank(wanted)


def has_second_factor(amr: Iterable[str]) -> bool:
    """True when more than one factor was proved."""
    return MULTIPLE in frozenset(amr)


def is_remembered(amr: Iterable[str]) -> bool:
    """True when the second factor was a remembered device: not enough to change factors, nor where policy does not allow it."""
    return RECOGNISED in frozenset(amr)
