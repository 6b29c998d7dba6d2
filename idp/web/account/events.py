"""Audit events in a person's words: what happened, and why something was refused.

`NAMES` has a name for every event that can be about a person, since all of them stand in the data a person takes along.
"""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from idp.audit.tags import Tag

NAMES: Mapping[str, Any] = {
    Tag.SESSION_START: _l("Signed in"),
    Tag.SESSION_STEP_UP: _l("Confirmed with a second step"),
    Tag.SESSION_END: _l("Session ended"),
    Tag.SIGN_IN_REFUSE: _l("Sign-in refused"),
    Tag.SIGN_IN_THROTTLE: _l("Sign-in slowed down after many attempts"),
    Tag.PASSWORD_PASS: _l("Password accepted"),
    Tag.FACTOR_PASS: _l("Second step accepted"),
    Tag.PASSKEY_PASS: _l("Passkey accepted"),
    Tag.FACTOR_REFUSE: _l("Second step not accepted"),
    Tag.FACTOR_ENROL: _l("Two-step verification: device added"),
    Tag.PASSKEY_RENAME: _l("Passkey renamed"),
    Tag.FACTOR_REMOVE: _l("Two-step verification: device removed"),
    Tag.RECOVERY_CODES_CREATE: _l("New recovery codes"),
    Tag.RECOVERY_CODE_USE: _l("Recovery code used"),
    Tag.AGENCY_CODE_ISSUE: _l("Single-use code issued by your agency"),
    Tag.AGENCY_CODE_USE: _l("Single-use code used"),
    Tag.REMEMBERED_ADD: _l("Device remembered"),
    Tag.REMEMBERED_USE: _l("Remembered device accepted"),
    Tag.REMEMBERED_REFUSE: _l("Remembered device not accepted"),
    Tag.REMEMBERED_FORGET: _l("Remembered devices forgotten"),
    Tag.PASSWORD_SET: _l("Password set"),
    Tag.PASSWORD_CHANGE: _l("Password changed"),
    Tag.PASSWORD_REHASH: _l("Password stored anew"),
    Tag.PASSWORD_LOCK: _l("Password locked"),
    Tag.LINK_SEND: _l("Link for a new password sent"),
    Tag.LINK_USE: _l("Link for a new password used"),
    Tag.NOT_ME: _l("You told us that it was not you"),
    Tag.DATA_SHARED_ALLOW: _l("Data shared with an application"),
    Tag.DATA_SHARED_DENY: _l("Sharing data declined"),
    Tag.DATA_SHARED_WITHDRAW: _l("Access of an application removed"),
    Tag.DATA_EXPORT: _l("Your data downloaded"),
    Tag.PERSON_CREATE: _l("Account created"),
    Tag.PERSON_CHANGE: _l("Account data changed"),
    Tag.PERSON_DISABLE: _l("Account disabled"),
    Tag.PERSON_ENABLE: _l("Account enabled"),
    Tag.IDENTIFIER_CHANGE: _l("Identity number changed"),
    Tag.ASSIGNMENT_CHANGE: _l("Assignment changed"),
    Tag.HELP_GIVE: _l("Help by your agency's admin"),
    Tag.ACCOUNT_UNLOCK: _l("Failed attempts forgotten"),
    Tag.APPROVAL_ASK: _l("Help requested that needs a second admin"),
    Tag.APPROVAL_DECIDE: _l("Requested help confirmed or declined"),
    Tag.APPROVAL_USE: _l("Confirmed help carried out"),
    Tag.ADMIN_REFUSE: _l("An admin was refused something about you"),
    Tag.BREAK_GLASS: _l("Made an owner on the server"),
    Tag.ROLE_GRANT: _l("Role given"),
    Tag.ROLE_REVOKE: _l("Role taken away"),
    Tag.CORRECTION_ASK: _l("Correction requested"),
    Tag.CORRECTION_ANSWER: _l("Request for correction answered or taken back"),
    Tag.POLICY_CHANGE: _l("Rule for two-step verification changed"),
    Tag.EXCEPTION_ASK: _l("Exception from two-step verification requested"),
    Tag.EXCEPTION_APPROVE: _l("Exception from two-step verification approved"),
    Tag.EXCEPTION_END: _l("Exception from two-step verification ended"),
    Tag.GRACE_USE: _l("Signed in without a second step, for the time being"),
    Tag.REQUEST_BEGIN: _l("Application opened"),
    Tag.REQUEST_REFUSE: _l("Application not opened"),
    Tag.FAVOURITE_CHANGE: _l("Favourites changed"),
    Tag.CODE_ISSUE: _l("Sign-in handed to an application"),
    Tag.CODE_REDEEM: _l("Application received your data"),
    Tag.CODE_REFUSE: _l("Application not let in"),
    Tag.CODE_REUSE: _l("Application used a sign-in twice"),
    Tag.TOKEN_REFRESH: _l("Application renewed its access"),
    Tag.TOKEN_REUSE: _l("Application used an old key; its access has ended"),
    Tag.TOKEN_RETRY: _l("Application asked twice to renew its access"),
    Tag.TOKEN_REFUSE: _l("Access of an application not renewed"),
    Tag.TOKEN_EXCHANGE: _l("Application passed its access on"),
    Tag.GRANT_REVOKE: _l("Access of an application ended"),
    Tag.LOGOUT_DELIVER: _l("Application told that you signed out"),
    Tag.LOGOUT_FAIL: _l("Application could not be told that you signed out"),
    Tag.DEVICE_ALLOW: _l("Device allowed to sign in"),
    Tag.DEVICE_DENY: _l("Device not allowed to sign in"),
    Tag.DEVICE_REFUSE: _l("Code of a device not accepted"),
}

REASONS: Mapping[str, Any] = {
    "wrong": _l("The password was wrong."),
    "copied": _l("The passkey's counter had gone back: somebody may hold a copy of it."),
    "challenge": _l("The question of the passkey had expired or was answered before."),
    "replayed": _l("The code had been used before."),
    "wait": _l("Too many attempts."),
    "disabled": _l("The account was disabled."),
    "invited": _l("The account was not activated yet."),
    "no_password": _l("The account had no password."),
    "password_needed": _l("The password had to be typed again first."),
    "prove_first": _l("The present device had to be proved first."),
    "not_me": _l("You said that it was not you."),
    "session_limit": _l("You signed in on more devices than allowed; this was the one used longest ago."),
    "logout": _l("Signed out."),
    "replaced": _l("Another person signed in on this browser."),
    "another_account": _l("Another account was chosen."),
    "ended_by_person": _l("Ended on the page of active sessions."),
    "password_changed": _l("The password was changed."),
    "password_reset": _l("The password was reset."),
    "password_set": _l("The password was reset."),
    "factor_added": _l("An authenticator app was added."),
    "passkey_added": _l("A passkey was added."),
    "factors_reset": _l("Two-step verification was reset."),
    "operator": _l("Ended by an administrator."),
    "suspended": _l("Your agency recorded a suspension."),
    "transferred_out": _l("Your agency recorded a transfer to another agency."),
    "retired": _l("Your agency recorded your retirement."),
    "deceased": _l("Your agency recorded a death."),
    "reused": _l("Its mark had been copied: the device was forgotten."),
    "policy": _l("The application does not allow remembered devices."),
    "policy_changed": _l("The rules have changed since."),
    "another_browser": _l("It came from another browser."),
    "wrong_user_code": _l("The code was wrong."),
}

_WRONG_FACTOR: Mapping[str, Any] = {
    "totp": _l("The code of the authenticator app was wrong."),
    "recovery_code": _l("The recovery code was wrong, or used before."),
    "agency_code": _l("The single-use code was wrong, used before, or too old."),
}
_UNPROVED = _l("The passkey's answer did not pass the checks.")
# Which kind of device it was about.
_KINDS: Mapping[str, Any] = {
    "totp": _l("Authenticator app"),
    "passkey": _l("Passkey or security key"),
    "recovery_code": _l("Recovery code"),
    "agency_code": _l("Single-use code"),
}
_OF_A_KIND = frozenset({Tag.FACTOR_ENROL, Tag.FACTOR_REMOVE, Tag.FACTOR_PASS})
_ABOUT_APPLICATIONS = frozenset({Tag.DATA_SHARED_ALLOW, Tag.DATA_SHARED_DENY, Tag.DATA_SHARED_WITHDRAW})


def event_name(tag: str) -> str:
    """What happened; an event without a name keeps its tag."""
    return str(NAMES.get(tag, tag))


def event_reason(tag: str, details: Mapping[str, Any] | None) -> str | None:
    """Why, in a sentence; None where there is nothing to say."""
    known = details or {}
    if tag == Tag.SIGN_IN_THROTTLE:
        return _slowed(known.get("wait"))
    if tag in _OF_A_KIND:
        kind = _KINDS.get(str(known.get("factor")))
        return str(kind) if kind is not None else None
    if tag == Tag.FACTOR_REFUSE and known.get("factor") == "passkey":
        return str(REASONS[known["reason"]] if known.get("reason") in ("copied", "challenge") else _UNPROVED)
    if tag == Tag.FACTOR_REFUSE and known.get("reason") == "wrong":
        return str(_WRONG_FACTOR.get(str(known.get("factor")), REASONS["wrong_user_code"]))
    if known.get("reason") == "drift":
        return _drift(known.get("drift_minutes"))
    reason = REASONS.get(str(known.get("reason", "")))
    return str(reason) if reason is not None else None


def is_about_application(tag: str) -> bool:
    """True where the application's name says more than any reason."""
    return tag in _ABOUT_APPLICATIONS


def _slowed(seconds: Any) -> str:
    if not isinstance(seconds, int):
        return str(REASONS["wait"])
    if seconds < 60:
        left = max(1, seconds)
        text = ngettext(
            "Too many attempts: none was looked at for %(num)d second.", "Too many attempts: none was looked at for %(num)d seconds.", left
        )
    else:
        left = -(-seconds // 60)
        text = ngettext(
            "Too many attempts: none was looked at for %(num)d minute.", "Too many attempts: none was looked at for %(num)d minutes.", left
        )
    return str(text)


def _drift(minutes: Any) -> str:
    if not isinstance(minutes, int) or not minutes:
        return str(gettext("The clock of the phone was wrong."))
    if minutes > 0:
        return str(ngettext("The clock of the phone was %(num)d minute fast.", "The clock of the phone was %(num)d minutes fast.", minutes))
    return str(ngettext("The clock of the phone was %(num)d minute slow.", "The clock of the phone was %(num)d minutes slow.", -minutes))
