"""Time-based one-time passwords: which step a code fits, and what an app needs to be set up (RFC 6238, RFC 4226)."""

from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno

from idp.authn.results import Enrolment
from idp.kernel.clock import epoch
from idp.kernel.randomness import Randomness, letters, same

STEP_SECONDS = 30
WINDOW = 1  # steps either way (RFC 6238 section 5.2; ASVS 6.5.5)
DRIFT_STEPS = 20  # ten minutes: how far we look to explain a wrong clock, never to accept
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Fit:
    """The code is that of `step`, `offset` steps from now."""

    step: int
    offset: int

    @property
    def acceptable(self) -> bool:
        """True within the window."""
        return abs(self.offset) <= WINDOW

    @property
    def drift_minutes(self) -> int:
        """How far the authenticator's clock is ahead, in whole minutes (negative: behind), never 0."""
        minutes = round(self.offset * STEP_SECONDS / 60)
        return minutes or (1 if self.offset > 0 else -1)


def new_secret(randomness: Randomness) -> str:
    """160 random bits in base32 (RFC 4226 section 4, R6)."""
    return "".join(_BASE32[byte & 31] for byte in randomness.bytes(32))


def clean(code: str) -> str | None:
    """The six digits of what was typed (apps show a gap in the middle); None when it cannot be a code."""
    if len(code) > 40:
        return None
    text = "".join(code.split()).replace("-", "")
    return text if len(text) == 6 and text.isascii() and text.isdigit() else None


def fit(secret: str, code: str, now: datetime) -> Fit | None:
    """The nearest step whose code this is, as far as the drift is explained; the caller refuses what is not acceptable."""
    totp, present = pyotp.TOTP(secret), epoch(now) // STEP_SECONDS
    for offset in sorted(range(-DRIFT_STEPS, DRIFT_STEPS + 1), key=abs):
        if same(totp.generate_otp(present + offset), code):
            return Fit(present + offset, offset)
    return None


def enrolment(secret: str, username: str, installation: str) -> Enrolment:
    """What the set-up page shows: nothing in it is fetched from elsewhere, no script, no style attribute."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=installation)
    svg = segno.make(uri, error="m", micro=False).svg_inline(scale=5, border=4, dark="#000", light="#fff")
    return Enrolment(secret, " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)), uri, svg)


RECOVERY_CODES = 10
_GROUPS, _GROUP = 6, 4


def new_recovery_code(randomness: Randomness) -> str:
    """24 characters, 120 bits: enough to be stored as a plain digest (ASVS 6.5.2); grouped to be read and typed."""
    text = letters(randomness, _GROUPS * _GROUP)
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def clean_recovery_code(code: str) -> str | None:
    """What was typed, in our alphabet: case, gaps and look-alikes (o, i, l) forgiven; None when it cannot be a code."""
    if len(code) > 100:
        return None
    text = "".join(character for character in code.lower() if character.isalnum())
    text = text.replace("o", "0").replace("i", "1").replace("l", "1")
    return text if len(text) == _GROUPS * _GROUP and text.isascii() else None
