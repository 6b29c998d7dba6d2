"""The person who looks at a page behind `@signed_in` or `@fresh`."""

from typing import Any

from flask import Response, make_response, render_template
from flask import session as form_session
from flask_babel import gettext

from idp.authn.sessions import LiveSession
from idp.directory.models import Person
from idp.kernel.errors import NotAllowed, NotFound
from idp.web.edge import live_session, services

_SAYINGS = "sayings"


def viewer() -> LiveSession:
    """The live session; the guard in front has made sure that there is one."""
    live = live_session()
    if live is None:
        raise NotAllowed("session.none", "Sign in first.")
    return live


def person_of(person_id: str) -> Person:
    """A person who is known to exist (their session or sign-in names them)."""
    found = services().people.get(person_id)
    if found is None:
        raise NotFound("person.unknown", "there is no such person")
    return found


def person() -> Person:
    """The record of the viewer."""
    return person_of(viewer().person_id)


def page(template: str, section: str, **values: Any) -> Response:
    """A page of the account: who looks at it, where in the navigation it stands, what was done just before."""
    form = values.get("form")
    wrong = bool(values.get("refusal")) or bool(form is not None and getattr(form, "errors", None))
    said = form_session.pop(_SAYINGS, None) if not wrong else None
    values.setdefault("flash", _sayings().get(said or ""))
    answer = make_response(render_template(template, viewer=viewer(), section=section, problem=wrong, **values))
    if wrong:
        answer.status_code = 400
    return answer


def say(key: str) -> None:
    """Let the next page of the account confirm what was done; `key` is one of `_sayings`."""
    form_session[_SAYINGS] = key


def _sayings() -> dict[str, str]:
    return {
        "password_changed": gettext("Your password has been changed. You were signed out on other devices."),
        "factor_added": gettext("The authenticator app has been added. You were signed out on other devices."),
        "factor_removed": gettext("The device has been removed."),
        "passkey_added": gettext("The passkey has been added. You were signed out on other devices."),
        "passkey_renamed": gettext("The passkey has a new name."),
        "device_forgotten": gettext("The device is no longer remembered."),
        "session_ended": gettext("The session has been ended."),
        "sessions_ended": gettext("You have been signed out of all other devices."),
        "session_limit": gettext("You were signed in on more devices than allowed. The one used longest ago has been signed out."),
        "not_me": gettext("The session has ended and your password no longer works. Open the link we have mailed you to choose a new one."),
        "not_me_no_mail": gettext("The session has ended and your password no longer works. Ask your agency's admin for a new one."),
        "not_me_failure": gettext("Thank you. Nothing was opened, and your agency has been told."),
        "correction_asked": gettext("Your request has been sent to your agency."),
        "correction_taken_back": gettext("Your request has been taken back."),
        "withdrawn": gettext("The application's access has been removed."),
    }
