"""What happened to an account, with the reason of each failure, so that its owner can say "this was not me"."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.audit.models import AuditEvent
from idp.audit.tags import Tag
from idp.authn.alarms import Alarm
from idp.kernel.errors import NotFound
from idp.web import cookies
from idp.web.account.events import event_name, event_reason, is_about_application
from idp.web.account.names import browser_name, client_name, place_name
from idp.web.edge import actor, services
from idp.web.guards import signed_in
from idp.web.viewer import page, say, viewer

bp = Blueprint("account_history", __name__)

# What of it an employee follows; the rest stands in the data they take along.
SHOWN = (
    Tag.SESSION_START, Tag.SESSION_STEP_UP, Tag.SESSION_END, Tag.SIGN_IN_REFUSE, Tag.SIGN_IN_THROTTLE, Tag.FACTOR_REFUSE,
    Tag.FACTOR_ENROL, Tag.FACTOR_REMOVE, Tag.PASSKEY_RENAME, Tag.RECOVERY_CODES_CREATE, Tag.RECOVERY_CODE_USE, Tag.AGENCY_CODE_ISSUE,
    Tag.AGENCY_CODE_USE,
    Tag.REMEMBERED_ADD, Tag.REMEMBERED_REFUSE, Tag.REMEMBERED_FORGET, Tag.PASSWORD_SET, Tag.PASSWORD_CHANGE, Tag.PASSWORD_LOCK,
    Tag.LINK_SEND, Tag.LINK_USE, Tag.NOT_ME, Tag.DATA_SHARED_ALLOW, Tag.DATA_SHARED_DENY, Tag.DATA_SHARED_WITHDRAW, Tag.DATA_EXPORT,
    Tag.PERSON_DISABLE, Tag.PERSON_ENABLE, Tag.CORRECTION_ASK, Tag.CORRECTION_ANSWER,
)  # fmt: skip
_FAILURES = frozenset({Tag.SIGN_IN_REFUSE, Tag.SIGN_IN_THROTTLE, Tag.FACTOR_REFUSE, Tag.REMEMBERED_REFUSE})

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
    events = services().audit.history(_mine(), SHOWN, limit=PAGE + 1, before=older)
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
    text = client_name(event.client_id) if event.client_id and is_about_application(tag) else event_reason(tag, event.details)
    by_itself = event.actor_kind in ("operator", "system")
    where = gettext("by an administrator") if by_itself else browser_name(event.agent)
    number = event.id if tag in DENIABLE else None
    return Entry(event.at, event_name(tag), text, tag in _FAILURES, where, event.ip, place_name(event.ip), number)
