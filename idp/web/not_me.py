"""The link of a letter about a new device: says what happened, asks once, and acts on a POST only (mail scanners open links).

It works without being signed in, signs nobody in, and opens nothing (attack M4).
"""

from flask import Blueprint, Response, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from idp.web.account.names import browser_name, place_name
from idp.web.edge import actor, services
from idp.web.guards import public

bp = Blueprint("not_me", __name__)


@bp.get("/not-me/<token>")
@public
def confirm(token: str) -> ResponseReturnValue:
    """What was seen, and a button; looking changes nothing."""
    alarm = services().authn.alarms.open(token)
    if alarm is None:
        return _gone()
    return _page(alarm=alarm, browser=browser_name(alarm.agent), place=place_name(alarm.ip))


@bp.post("/not-me/<token>")
@public
def act(token: str) -> ResponseReturnValue:
    """End that session, lock the password, tell the agency; once."""
    return redirect("/not-me/done", 303) if services().not_me.by_link(actor(), token) else _gone()


@bp.get("/not-me/done")
@public
def done() -> ResponseReturnValue:
    """What was done, and what is next."""
    return _page(done=True)


def _gone() -> Response:
    answer = _page(gone=True)
    answer.status_code = 404
    return answer


def _page(**values: object) -> Response:
    return make_response(render_template("reset/not_me.html", **values))
