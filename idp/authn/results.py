"""What the verbs of this room answer. Refusals are values, so that their evidence is committed with the answer."""

from dataclasses import dataclass
from typing import Literal

from idp.authn.accounts.account import Account
from idp.authn.models import SignIn
from idp.authn.sessions import LiveSession

Purpose = Literal["sign_in", "step_up", "reauthenticate"]
# "passkey": one of the person's keys, or another way where the rank allows it; "enrol_passkey": nothing weaker would be enough.
Stage = Literal["passkey", "code", "enrol_passkey", "enrol", "change_password", "complete"]
Reason = Literal["wrong", "wait", "busy", "replayed", "drift", "password_needed"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Not now, or not so. wait_seconds: how long the next try is refused (0: not at all); drift_minutes: how far the
    clock of the authenticator is ahead (negative: behind), at reason ``drift``."""

    reason: Reason
    wait_seconds: int = 0
    drift_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Proceed:
    """The first factor stands. token: for the sign-in cookie; None to keep what is there; account: as it stands in this
    unit, None where it was not read whole."""

    token: str | None
    sign_in: SignIn
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A second factor was proved. left: unused recovery codes, when one of them was used."""

    left: int | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new authenticator to set up: the key in base32, groups of four for reading, the otpauth URI, the QR code as SVG."""

    secret: str
    grouped: str
    uri: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The authenticator stands. recovery_codes: a new set to be shown once; empty when the old set stays."""

    recovery_codes: list[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """The password is changed. other_sessions: ids of sessions that must now be left everywhere (interaction.leave)."""

    person_id: str
    other_sessions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """Signed in. token: for the session cookie; device_token: for the device cookie, None to keep what is there;
    replaced_session_id: a session of another person in this browser, which the caller must leave (interaction.leave)."""

    token: str
    session: LiveSession
    device_token: str | None
    replaced_other_person: bool
    replaced_session_id: str | None = None
