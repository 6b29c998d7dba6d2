"""What happened to an account, with the reason of each failure, so that its owner can say "this was not me"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from idp.audit.models import AuditEvent
from idp.audit.tags import Tag
from idp.authn.alarms import Alarm
from idp.kernel.errors import NotFound
from idp.web import cookies
from idp.web.account.names import browser_name, client_name, place_name
from idp.web.edge import actor, services
from idp.web.guards import signed_in
from idp.web.viewer import page, say, viewer

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
    Tag.PASSWORD_LOCK: _l("Password locked"),
    Tag.NOT_ME: _l("You told us that it was not you"),
    Tag.DATA_EXPORT: _l("Your data downloaded"),
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
    "no_password": _l("The account had no password."),
    "malformed": _l("What was typed could not be a password."),
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
    "reused": _l("Its mark had been copied: the device was forgotten."),
    "policy_changed": _l("The rules have changed since."),
    "another_browser": _l("It came from another browser."),
    "factors_reset": _l("Two-step verification was reset."),
}


# What somebody else may have done with the account; the rest follows from these, or is an administrator's.
DENIABLE = frozenset({Tag.SESSION_START, Tag.SESSION_STEP_UP, Tag.SIGN_IN_REFUSE, Tag.SIGN_IN_THROTTLE, Tag.FACTOR_REFUSE})
PAGE = 50
_HERE = "/account/history"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    at: datetime
    what: str
    reason: str | None
    failed: bool
    browser: str
    ip: str | None
    place: str | None
    id: int | None = None


@bp.get(_HERE)
@signed_in
def history() -> ResponseReturnValue:
    """The events of the account, fifty at a time, newest first."""
    before = request.args.get("before", "")
    older = int(before) if before.isascii() and before.isdigit() and len(before) <= 18 else None
    events = services().audit.history(_mine(), tuple(SHOWN), limit=PAGE + 1, before=older)
    shown = [entry_of(event) for event in events[:PAGE]]
    next_before = events[PAGE - 1].id if len(events) > PAGE else None
    return page("account/history.html", _HERE, events=shown, next_before=next_before, first_page=older is None)


@bp.get("/account/history/<int:number>/not-me")
@signed_in
def ask(number: int) -> ResponseReturnValue:
    """What was seen, and a button; looking changes nothing."""
    event = _deniable(number)
    return page("account/not_me.html", _HERE, event=entry_of(event), opened=_session_of(event) is not None)


@bp.post("/account/history/<int:number>/not-me")
@signed_in
def deny(number: int) -> ResponseReturnValue:
    """The person says that it was not them (interaction.not_me)."""
    event, live = _deniable(number), viewer()
    session_id = _session_of(event)
    if session_id is None:
        services().not_me.failure(actor(), Alarm(live.person_id, "", event.at, event.ip, event.agent), number)
        say("not_me_failure")
        return redirect(_HERE, 303)
    mailed = services().not_me.session(actor(), live.person_id, session_id)
    if session_id == live.id:
        answer = make_response(redirect("/not-me/done", 303))
        cookies.clear_session(answer)
        return answer
    say("not_me" if mailed else "not_me_no_mail")
    return redirect(_HERE, 303)


def _mine() -> tuple[str, str]:
    return "person", viewer().person_id


def _deniable(number: int) -> AuditEvent:
    """An event about the viewer which somebody else could have caused; NotFound for any other."""
    found = services().audit.event(_mine(), tuple(DENIABLE), number) if number < 1 << 62 else None
    if found is None:
        raise NotFound("event.unknown", "there is no such event")
    return found


def _session_of(event: AuditEvent) -> str | None:
    """The session that an event started or happened in; none for an attempt that failed."""
    if Tag(event.tag) in _FAILURES:
        return None
    named = (event.details or {}).get("session") or event.session_id
    return str(named) if named else None


def entry_of(event: AuditEvent) -> Entry:
    """An audit event in the reader's words; details that have none are left out."""
    tag = Tag(event.tag)
    details = event.details or {}
    reason = _REASONS.get(str(details.get("reason", "")))
    text = str(reason) if reason is not None else None
    if tag in (Tag.DATA_SHARED_ALLOW, Tag.DATA_SHARED_DENY, Tag.DATA_SHARED_WITHDRAW) and event.client_id:
        text = client_name(event.client_id)
    by_itself = event.actor_kind in ("operator", "system")
    where = gettext("by an administrator") if by_itself else browser_name(event.agent)
    number = event.id if tag in DENIABLE else None
    return Entry(event.at, str(SHOWN[tag]), text, tag in _FAILURES, where, event.ip, place_name(event.ip), number)
