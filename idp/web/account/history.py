"""What happened to an account, with the reason of each failure, so that its owner can say "this was not me"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from idp.audit.models import AuditEvent
from idp.audit.tags import Tag
from idp.web import language
from idp.web.account.names import browser_name
from idp.web.edge import services
from idp.web.guards import signed_in
from idp.web.viewer import page, viewer

bp = Blueprint("account_history", __name__)

SHOWN: Mapping[Tag, Any] = {
    Tag.SESSION_START: _l("Signed in"),
    Tag.SESSION_STEP_UP: _l("Confirmed with a second step"),
    Tag.SESSION_END: _l("Session ended"),
    Tag.SIGN_IN_REFUSE: _l("Sign-in with a wrong password"),
    Tag.SIGN_IN_THROTTLE: _l("Sign-in slowed down after many attempts"),
    Tag.FACTOR_REFUSE: _l("Second step not accepted"),
    Tag.FACTOR_ENROL: _l("Two-step verification: device added"),
    Tag.FACTOR_REMOVE: _l("Two-step verification: device removed"),
    Tag.RECOVERY_CODES_CREATE: _l("New recovery codes"),
    Tag.RECOVERY_CODE_USE: _l("Recovery code used"),
    Tag.AGENCY_CODE_ISSUE: _l("Single-use code issued by your agency"),
    Tag.AGENCY_CODE_USE: _l("Single-use code used"),
    Tag.REMEMBERED_ADD: _l("Device remembered"),
    Tag.REMEMBERED_REFUSE: _l("Remembered device not accepted"),
    Tag.REMEMBERED_FORGET: _l("Remembered devices forgotten"),
    Tag.PASSWORD_SET: _l("Password set"),
    Tag.PASSWORD_CHANGE: _l("Password changed"),
    Tag.LINK_SEND: _l("Link for a new password sent"),
    Tag.LINK_USE: _l("Link for a new password used"),
    Tag.DATA_SHARED_ALLOW: _l("Data shared with an application"),
    Tag.DATA_SHARED_DENY: _l("Sharing data declined"),
    Tag.DATA_SHARED_WITHDRAW: _l("Access of an application removed"),
    Tag.PERSON_DISABLE: _l("Account disabled"),
    Tag.PERSON_ENABLE: _l("Account enabled"),
}
_FAILURES = frozenset({Tag.SIGN_IN_REFUSE, Tag.SIGN_IN_THROTTLE, Tag.FACTOR_REFUSE, Tag.REMEMBERED_REFUSE, Tag.DATA_SHARED_DENY})

_REASONS: Mapping[str, Any] = {
    "wrong": _l("The password or the code was wrong."),
    "wrong_password": _l("The password was wrong."),
    "wrong_code": _l("The code was wrong."),
    "replayed": _l("The code had been used before."),
    "drift": _l("The clock of the phone was wrong."),
    "wait": _l("Too many attempts."),
    "disabled": _l("The account was disabled."),
    "invited": _l("The account was not activated yet."),
    "no_password": _l("The account had no password yet."),
    "logout": _l("Signed out."),
    "replaced": _l("Another person signed in on this browser."),
    "another_account": _l("Another account was chosen."),
    "ended_by_person": _l("Ended on the page of active sessions."),
    "password_changed": _l("The password was changed."),
    "password_reset": _l("The password was reset."),
    "password_set": _l("The password was reset."),
    "factor_added": _l("An authenticator app was added."),
    "reused": _l("Its mark had been copied: the device was forgotten."),
    "policy_changed": _l("The rules have changed since."),
    "another_browser": _l("It came from another browser."),
    "factors_reset": _l("Two-step verification was reset."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    at: datetime
    what: str
    reason: str | None
    failed: bool
    browser: str
    ip: str | None


@bp.get("/account/history")
@signed_in
def history() -> ResponseReturnValue:
    """The newest fifty events of the account."""
    events = services().audit.history(("person", viewer().person_id), tuple(SHOWN), limit=50)
    return page("account/history.html", "/account/history", events=[entry_of(event) for event in events])


def entry_of(event: AuditEvent) -> Entry:
    """An audit event in the reader's words; details that have none are left out."""
    tag = Tag(event.tag)
    details = event.details or {}
    reason = _REASONS.get(str(details.get("reason", "")))
    text = str(reason) if reason is not None else None
    if tag in (Tag.DATA_SHARED_ALLOW, Tag.DATA_SHARED_DENY, Tag.DATA_SHARED_WITHDRAW) and event.client_id:
        text = _application(event.client_id)
    by_itself = event.actor_kind in ("operator", "system")
    where = gettext("by an administrator") if by_itself else browser_name(event.agent)
    return Entry(event.at, str(SHOWN[tag]), text, tag in _FAILURES, where, event.ip)


def _application(client_id: str) -> str:
    """Its name as people know it; one that is registered no more keeps its id."""
    client = services().registry.find(client_id)
    return client.label(language.current()) if client else client_id
