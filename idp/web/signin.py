"""The way in: name and password, then the second factor. Setting one up stands in enrol.py, what they share in steps.py.

The half-done sign-in is a row behind a cookie of its own: it opens these pages only (attack M3).
"""

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from idp.authn.results import Refused
from idp.authn.sessions import LiveSession
from idp.authn.sign_in import SignIn
from idp.interaction.dance import Paused
from idp.web import cookies, language, messages
from idp.web.brand import brand
from idp.web.edge import actor, forget_live_session, live_session, services
from idp.web.forms.signin import CodeForm, SecondStepForm, SignInForm, TypedSignIn
from idp.web.guards import public
from idp.web.helping import keep, may_remember, recognise, remember, ways
from idp.web.kept import kept_pages
from idp.web.messages import Notice
from idp.web.repeats import once
from idp.web.steps import (
    SECOND_STEP,
    app_of,
    at_step,
    current_flow,
    expired,
    onward,
    paused_request,
    pending_sign_in,
    return_path,
    sign_in_address,
    step_page,
    with_status,
)

bp = Blueprint("signin", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Name and password. ``flow`` names the waiting request, ``return_to`` a page of ours, ``again`` asks anew."""
    live, flow, again = live_session(), current_flow(), request.args.get("again") == "1"
    confirming = live if again else None
    if request.method == "GET" and live and not flow and not again:
        return redirect(return_path(), 303)
    paused = paused_request(flow)
    if request.method == "GET" and live and not again:
        return redirect(f"/interaction/{flow}", 303)  # another tab has signed in meanwhile, or it is finished
    if request.method != "POST":
        return _page(paused, confirming)
    typed = TypedSignIn.of(request.form)  # the edge has checked the form's token
    if typed is not None:
        outcome = services().sign_in.password(
            actor(),
            username=typed.username,
            password=typed.password,
            device=cookies.read(cookies.DEVICE),
            request_ref=flow if paused else None,
            return_to=return_path(),
            purpose="reauthenticate" if confirming else "sign_in",
            session=live,
            shared_computer=typed.shared_computer or bool(confirming and confirming.shared),
        )
        if not isinstance(outcome, Refused):
            recognised = recognise(outcome)
            return keep(onward(outcome.sign_in, outcome.token, outcome.account), recognised)
        return refused_sign_in(SignInForm(), paused, confirming, outcome)
    form = SignInForm()
    form.validate()
    return step_page("signin/sign_in.html", form=form, **_around(paused, confirming))


def _page(paused: Paused | None, confirming: LiveSession | None) -> Response:
    """The empty form. Without a name to fill in it is the same page for everybody, which is rendered once."""
    known = confirming.username if confirming else paused.data.login_hint if paused else None
    live = live_session()
    if known or live:
        return step_page("signin/sign_in.html", form=SignInForm(username=known), **_around(paused, confirming))
    ended = services().sessions.ending(cookies.read(cookies.SESSION))  # only a browser that was signed in asks for it
    notice = messages.ending(ended, took_too_long=request.args.get("expired") == "1", lost=request.args.get("lost") == "1")
    app, said, lang = paused.client if paused else None, services().announcements.on_sign_in(), language.current()
    key = (lang, app and app.label(lang), notice, brand(), tuple(one.id for one in said))
    return make_response(
        kept_pages().page(key, "signin/sign_in.html", lambda: {"form": SignInForm(), **_around(paused, None), "notice": notice})
    )


def _around(paused: Paused | None, confirming: LiveSession | None) -> dict[str, object]:
    """What stands around the form: the application, what it will receive of the person signed in, announcements."""
    preview = services().claims_preview(confirming.person_id, paused.data) if paused and confirming else None
    shown = {"app": paused.client if paused else None, "again": confirming, "preview": preview, "notice_kind": "warn"}
    return {**shown, "announcements": services().announcements.on_sign_in()}


def refused_sign_in(
    form: SignInForm, paused: Paused | None, confirming: LiveSession | None, refused: Refused, notice: Notice | None = None
) -> Response:
    """The sign-in page with what was refused; notice: in other words than those about a password."""
    notice = notice or messages.password_refused(refused.reason, refused.wait_seconds)
    return with_status(step_page("signin/sign_in.html", form=form, refusal=notice, **_around(paused, confirming)), refused)


@bp.post("/sign-in/another")
@public
def another() -> ResponseReturnValue:
    """Instead of confirming who is signed in: sign them out and begin as somebody else, for the same request or page."""
    live = live_session()
    if live is not None:
        services().leave.end(actor(), [live.id], "another_account")
        forget_live_session()
    answer = make_response(redirect(sign_in_address(), 303))
    cookies.clear_session(answer)
    cookies.clear_sign_in(answer)
    return answer


@bp.get("/sign-in/step-up")
@public
def step_up() -> ResponseReturnValue:
    """A signed-in person needs a stronger proof: the password stands, the second factor is asked for (RFC 9470)."""
    live, flow = live_session(), current_flow()
    if live is None:
        return redirect(sign_in_address(), 303)
    # A reload, or a link that somebody else made, starts nothing anew: this browser's own step-up goes on.
    begun = pending_sign_in()
    ref = flow if paused_request(flow) else None
    wanted = services().dance.required_rank(live.person_id, ref)
    outcome = services().sign_in.step_up(actor(), live, ref, return_path(), pending=begun, required_rank=wanted)
    if isinstance(outcome, Refused):
        # Setting up the first factor needs a fresh password (ASVS 7.5.1).
        return redirect(sign_in_address(again="1"), 303)
    return onward(outcome.sign_in, outcome.token)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """The code of the authenticator app."""
    pending = at_step(SECOND_STEP, by_code=True)
    if isinstance(pending, Response):
        return pending
    if not services().factors.list(pending.person_id):
        return onward(pending)
    form = SecondStepForm()
    refusal = None
    if form.validate_on_submit():
        outcome = services().sign_in.code(actor(), pending, form.code.data or "")
        if not isinstance(outcome, Refused):
            made = remember(pending) if form.remember.data else None
            return once(pending, keep(onward(pending), made))
        form.code.data = None
        refusal = messages.code_refused(outcome.reason, outcome.wait_seconds, outcome.drift_minutes)
        return with_status(step_page("signin/code.html", refusal=refusal, **_code_page(form, pending)), outcome)
    return step_page("signin/code.html", **_code_page(form, pending))


def _code_page(form: CodeForm, pending: SignIn) -> dict[str, object]:
    return {"form": form, "app": app_of(pending), "ways": ways(pending, "code"), "remember_days": may_remember(pending).days}


@bp.get("/sign-in/done")
@public
def done() -> ResponseReturnValue:
    """Nothing is due any more: the browser gets its session."""
    pending = pending_sign_in()
    return onward(pending) if pending else expired()


@bp.post("/sign-in/cancel")
@public
def cancel() -> ResponseReturnValue:
    """Give the half-done sign-in up."""
    pending = pending_sign_in()
    query = {"flow": pending.request_ref} if pending and pending.request_ref else {}
    answer = make_response(redirect("/sign-in" + ("?" + urlencode(query) if query else ""), 303))
    cookies.clear_sign_in(answer)
    return answer
