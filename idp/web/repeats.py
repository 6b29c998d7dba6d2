"""A form of the second step that comes twice leads where the first one led, with what the first answer gave the browser."""

from urllib.parse import urlencode

from flask import Response, make_response, redirect, request

from idp.authn.browsers.repeats import Repeat
from idp.authn.sign_in import SignIn
from idp.kernel.urls import local_path
from idp.web import cookies
from idp.web.edge import browser, live_session, services


def once(pending: SignIn, answer: Response, codes: list[str] | None = None) -> Response:
    """The same answer, remembered for the case that this form comes again. codes: recovery codes that it shows."""
    token = cookies.read(cookies.SIGN_IN)
    if token is not None:
        what = {"to": answer.headers.get("Location"), "cookies": answer.headers.getlist("Set-Cookie"), "codes": codes}
        services().authn.repeats.keep(pending, token, _sent(), what)
    return answer


def codes_shown_before() -> list[str] | None:
    """The recovery codes that the same form was answered with a moment ago."""
    found = _found()
    return found.answer["codes"] if found is not None and found.answer is not None else None


def as_before() -> Response | None:
    """What this form was answered when this browser sent it before; None when it did not, or nothing is left to lead to.

    Who is signed in by now is led on whatever they sent, and gets no other session for it.
    """
    found = _found()
    if found is None:
        return None
    live, before = live_session(), found.answer if found.answer is not None and found.answer["to"] else None
    if live is None:
        return _the_same(before["to"], before["cookies"]) if before is not None else None
    if live.person_id != found.person_id or not found.finished:
        return None
    return _the_same(before["to"] if before is not None else led_to(found), [])


def led_to(found: Repeat) -> str:
    """Where a finished sign-in leads: the request of this tab, its own, or a page of ours."""
    flow = request.args.get("flow") or found.request_ref
    return f"/interaction/{flow}" if flow and flow.isalnum() else local_path(found.return_to)


def _found() -> Repeat | None:
    if request.method != "POST":
        return None
    return services().authn.repeats.find(cookies.read(cookies.SIGN_IN), _sent())


def _sent() -> str:
    """What this browser sends: its own cookie, the address, and the fields but for the form's token."""
    fields = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return "\0".join((browser(), request.full_path, urlencode(fields)))


def _the_same(where: str, given: list[str]) -> Response:
    answer = make_response(redirect(where, 303))
    for cookie in given:
        answer.headers.add("Set-Cookie", cookie)
    return answer
