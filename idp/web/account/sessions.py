"""The browsers in which a person is signed in, and the applications of each; end one, end the others, end everything."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, make_response, redirect
from flask.typing import ResponseReturnValue

from idp.authn.models import BrowserSession
from idp.kernel.errors import NotFound
from idp.web import cookies
from idp.web.account.names import browser_name, client_name, place_name
from idp.web.edge import actor, services
from idp.web.guards import signed_in
from idp.web.viewer import page, say, viewer

bp = Blueprint("account_sessions", __name__)

_HERE = "/account/sessions"


@dataclass(frozen=True, slots=True)
class Seat:
    """One signed-in browser as the page shows it."""

    id: str
    browser: str
    current: bool
    shared: bool
    ip: str | None
    created_at: datetime
    last_seen_at: datetime
    place: str | None
    apps: list[str]


@bp.get(_HERE)
@signed_in
def sessions() -> ResponseReturnValue:
    """Every live session, this one first."""
    live = viewer()
    rows = services().sessions.list(live.person_id)
    apps = services().grants.of_sessions([row.id for row in rows])
    seats = [_seat(row, live.id, [client_name(one) for one in apps.get(row.id, ())]) for row in rows]
    return page("account/sessions.html", _HERE, sessions=sorted(seats, key=lambda seat: not seat.current))


@bp.post("/account/sessions/<session_id>/end")
@signed_in
def end(session_id: str) -> ResponseReturnValue:
    """End one of one's own sessions, also in the applications it opened."""
    live = viewer()
    if session_id not in {row.id for row in services().sessions.list(live.person_id)}:
        raise NotFound("session.unknown", "there is no such session")
    services().leave.end(actor(), [session_id], "ended_by_person")
    if session_id == live.id:
        answer = make_response(redirect("/sign-in", 303))
        cookies.clear_session(answer)
        return answer
    say("session_ended")
    return redirect(_HERE, 303)


@bp.post("/account/sessions/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    """End every session but this one."""
    live = viewer()
    services().leave.end_all(actor(), live.person_id, "ended_by_person", keep=live.id)
    say("sessions_ended")
    return redirect(_HERE, 303)


@bp.post("/account/sessions/end-all")
@signed_in
def end_everything() -> ResponseReturnValue:
    """End every session, this one too, and every access that applications were given to keep."""
    services().leave.end_all(actor(), viewer().person_id, "ended_by_person")
    answer = make_response(redirect("/sign-in", 303))
    cookies.clear_session(answer)
    return answer


def _seat(row: BrowserSession, current: str, apps: list[str]) -> Seat:
    return Seat(
        id=row.id,
        browser=browser_name(row.agent),
        current=row.id == current,
        shared=row.shared_computer,
        ip=row.ip,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        place=place_name(row.ip),
        apps=apps,
    )
