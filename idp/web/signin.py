"""The way in: name and password, then the second factor. Setting one up stands in enrol.py, what they share in steps.py.

The half-done sign-in is a row behind a cookie of its own: it opens these pages only (attack M3).
"""

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.results import Refused
from idp.authn.sessions import LiveSession
from idp.authn.sign_in import SignIn
from idp.interaction.dance import Paused
from idp.web import cookies, language, messages
from idp.web.brand import brand
from idp.web.edge import actor, live_session, services
from idp.web.forms.signin import CodeForm, SecondStepForm, SignInForm, TypedSignIn
from idp.web.guards import public
from idp.web.helping import keep, may_remember, recognise, remember, ways
from idp.web.kept import kept_pages
from idp.web.steps import (
    app_of,
    current_flow,
    expired,
    onward,
    paused_request,
    pending_sign_in,
    return_path,
    stage_of,
    step_page,
    with_status,
)

bp = Blueprint("signin", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Name and password. ``flow`` names the waiting request, ``return_to`` a page of ours, ``again`` asks anew."""
    live, flow, again = live_session(), current_flow(), request.args.get("again") == "1"
    if request.method == "GET" and live and not flow and not again:
        return redirect(return_path(), 303)
    paused = paused_request(flow)
    if request.method == "GET" and live and not again:
        return redirect(f"/interaction/{flow}", 303)  # another tab has signed in meanwhile, or it is finished
    if request.method != "POST":
        return _page(paused, live if again else None)
    typed = TypedSignIn.of(request.form)  # the edge has checked the form's token
    if typed is not None:
        outcome = services().sign_in.password(
            actor(),
            username=typed.username,
            password=typed.password,
            device=cookies.read(cookies.DEVICE),
            request_ref=flow if paused else None,
            return_to=return_path(),
            purpose="reauthenticate" if again and live else "sign_in",
            session=live,
            shared_computer=typed.shared_computer or bool(again and live and live.shared),
        )
        if not isinstance(outcome, Refused):
            recognised = recognise(outcome)
            return keep(onward(outcome.sign_in, outcome.token, outcome.account), recognised)
        return _refused_sign_in(SignInForm(), paused, again and live is not None, outcome)
    form = SignInForm()
    form.validate()
    return step_page("signin/sign_in.html", form=form, app=paused.client if paused else None, again=again and live is not None)


def _page(paused: Paused | None, confirming: LiveSession | None) -> Response:
    """The empty form. Without a name to fill in it is the same page for everybody, which is rendered once."""
    app, expired = paused.client if paused else None, request.args.get("expired") == "1"
    said = services().announcements.on_sign_in()

    def values() -> dict[str, object]:
        notice = gettext("That took too long. Sign in again.") if expired else None
        shown = {"form": SignInForm(), "app": app, "again": confirming is not None, "announcements": said}
        return {**shown, "notice": notice, "notice_kind": "warn"}

    known = confirming.username if confirming else paused.data.login_hint if paused else None
    if known or live_session():
        shown = values()
        shown["form"] = SignInForm(username=known)
        return step_page("signin/sign_in.html", **shown)
    lang = language.current()
    key = (lang, app and app.label(lang), expired, brand(), tuple(one.id for one in said))
    return make_response(kept_pages().page(key, "signin/sign_in.html", values))


def _refused_sign_in(form: SignInForm, paused: Paused | None, again: bool, refused: Refused) -> Response:
    notice = messages.password_refused(refused.reason, refused.wait_seconds)
    answer = step_page("signin/sign_in.html", form=form, app=paused.client if paused else None, again=again, refusal=notice)
    return with_status(answer, refused)


@bp.get("/sign-in/step-up")
@public
def step_up() -> ResponseReturnValue:
    """A signed-in person needs a stronger proof: the password stands, the second factor is asked for (RFC 9470)."""
    live, flow = live_session(), current_flow()
    if live is None:
        query = {"flow": flow} if flow else {"return_to": return_path()}
        return redirect("/sign-in?" + urlencode(query), 303)
    # A reload, or a link that somebody else made, starts nothing anew: this browser's own step-up goes on.
    begun = pending_sign_in()
    outcome = services().sign_in.step_up(actor(), live, flow if paused_request(flow) else None, return_path(), pending=begun)
    if isinstance(outcome, Refused):
        # Setting up the first factor needs a fresh password (ASVS 7.5.1).
        query = {"flow": flow} if flow else {"return_to": return_path()}
        return redirect("/sign-in?" + urlencode({**query, "again": "1"}), 303)
    return onward(outcome.sign_in, outcome.token)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """The code of the authenticator app."""
    pending = pending_sign_in()
    if pending is None:
        return expired()
    if stage_of(pending) != "code":
        return onward(pending)
    form = SecondStepForm()
    refusal = None
    if form.validate_on_submit():
        outcome = services().sign_in.code(actor(), pending, form.code.data or "")
        if not isinstance(outcome, Refused):
            made = remember(pending) if form.remember.data else None
            return keep(onward(pending), made)
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
