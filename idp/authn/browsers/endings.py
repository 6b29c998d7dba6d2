"""Why a session ended, in the few words its browser may be told. Pure.

Only who holds the session's cookie learns it, and nothing of the person. What happened to an account (disabled,
recovered, reported) is not among the words: that is told by letter, or by the agency.
"""

from enum import StrEnum


class Ending(StrEnum):
    """What the sign-in page can say."""

    IDLE = "idle"
    TIME = "time"
    ELSEWHERE = "elsewhere"
    CREDENTIAL = "credential"
    FACTORS = "factors"
    LIMIT = "limit"
    SIGNED_OUT = "signed_out"
    OTHER = "other"


_OF_REASON = {
    "ended_by_person": Ending.ELSEWHERE,
    "password_changed": Ending.CREDENTIAL,
    "password_reset": Ending.CREDENTIAL,
    "password_set": Ending.CREDENTIAL,
    "factor_added": Ending.FACTORS,
    "passkey_added": Ending.FACTORS,
    "factors_reset": Ending.FACTORS,
    "session_limit": Ending.LIMIT,
    "logout": Ending.SIGNED_OUT,
}


def of_reason(reason: str | None) -> Ending:
    """The word for the recorded reason of a session that was ended."""
    return _OF_REASON.get(reason or "", Ending.OTHER)
