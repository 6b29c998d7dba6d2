"""The way in: name and password, second factor, enrolment, a new password where one is due.

Each page does one step and asks `SignInService.stage` what is next; when nothing is, the browser gets its session and
returns to the request it came from. The half-done sign-in is a row behind a cookie of its own: it opens these pages only.
"""

from collections.abc import Sequence
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.results import Refused
from idp.authn.sign_in import SignIn
from idp.interaction.dance import Paused
from idp.kernel.errors import Invalid
from idp.kernel.urls import local_path
from idp.web import cookies, messages
from idp.web.edge import actor, browser, forget_live_session, live_session, services
from idp.web.forms import ActionForm
from idp.web.forms.signin import CodeForm, EnrolForm, NewPasswordForm, RecoveryCodeForm, SignInForm
from idp.web.guards import public
from idp.web.headers import allow_form_target
from idp.web.viewer import person_of

bp = Blueprint("signin", __name__)

PAGE_OF_STAGE = {
    "code": "/sign-in/code",
    "enrol": "/sign-in/enrol",
    "change_password": "/sign-in/password",
    "complete": "/sign-in/done",
}


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Name and password. ``flow`` names the waiting request, ``return_to`` a page of ours, ``again`` asks anew."""
    live, flow, again = live_session(), _flow(), request.args.get("again") == "1"
    if request.method == "GET" and live and not flow and not again:
        return redirect(_return_to(), 303)
    paused = _paused(flow)
    form = SignInForm()
    if form.validate_on_submit():
        outcome = services().sign_in.password(
            actor(),
            username=form.username.data or "",
            password=form.password.data or "",
            device=cookies.read(cookies.DEVICE),
            request_ref=flow if paused else None,
            return_to=_return_to(),
            purpose="reauthenticate" if again and live else "sign_in",
            session=live,
            shared_computer=bool(form.shared_computer.data) or bool(again and live and live.shared),
        )
        if not isinstance(outcome, Refused):
            return _onward(outcome.sign_in, outcome.token)
        return _refused_sign_in(form, paused, again and live is not None, outcome)
    if request.method == "GET":
        form.username.data = _known_name(paused, again)
    values = {"form": form, "app": paused.client if paused else None, "again": again and live is not None}
    notice = gettext("That took too long. Sign in again.") if request.args.get("expired") == "1" else None
    return _page("signin/sign_in.html", notice=notice, notice_kind="warn", **values)


def _refused_sign_in(form: SignInForm, paused: Paused | None, again: bool, refused: Refused) -> Response:
    notice = messages.password_refused(refused.reason, refused.wait_seconds)
    answer = _page("signin/sign_in.html", form=form, app=paused.client if paused else None, again=again, refusal=notice)
    return _with_status(answer, refused)


@bp.get("/sign-in/step-up")
@public
def step_up() -> ResponseReturnValue:
    """A signed-in person needs a stronger proof: the password stands, the second factor is asked for (RFC 9470)."""
    live, flow = live_session(), _flow()
    if live is None:
        query = {"flow": flow} if flow else {"return_to": _return_to()}
        return redirect("/sign-in?" + urlencode(query), 303)
    outcome = services().sign_in.step_up(actor(), live, flow if _paused(flow) else None, _return_to())
    if isinstance(outcome, Refused):
        # Setting up the first factor needs a fresh password (ASVS 7.5.1).
        query = {"flow": flow} if flow else {"return_to": _return_to()}
        return redirect("/sign-in?" + urlencode({**query, "again": "1"}), 303)
    return _onward(outcome.sign_in, outcome.token)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """The code of the authenticator app."""
    pending = _pending()
    if pending is None:
        return _expired()
    if _stage(pending) != "code":
        return _onward(pending)
    form = CodeForm()
    refusal = None
    if form.validate_on_submit():
        outcome = services().sign_in.code(actor(), pending, form.code.data or "")
        if not isinstance(outcome, Refused):
            return _onward(pending)
        form.code.data = None
        refusal = messages.code_refused(outcome.reason, outcome.wait_seconds, outcome.drift_minutes)
        return _with_status(_page("signin/code.html", form=form, app=_app(pending), refusal=refusal), outcome)
    return _page("signin/code.html", form=form, app=_app(pending))


@bp.route("/sign-in/recovery-code", methods=["GET", "POST"])
@public
def recovery_code() -> ResponseReturnValue:
    """A recovery code, in place of the phone."""
    pending = _pending()
    if pending is None:
        return _expired()
    if _stage(pending) != "code":
        return _onward(pending)
    form = RecoveryCodeForm()
    if form.validate_on_submit():
        outcome = services().sign_in.recovery_code(actor(), pending, form.code.data or "")
        if not isinstance(outcome, Refused):
            return _onward(pending)
        form.code.data = None
        refusal = messages.recovery_refused(outcome.reason, outcome.wait_seconds)
        return _with_status(_page("signin/recovery_code.html", form=form, app=_app(pending), refusal=refusal), outcome)
    return _page("signin/recovery_code.html", form=form, app=_app(pending))


@bp.route("/sign-in/enrol", methods=["GET", "POST"])
@public
def enrol() -> ResponseReturnValue:
    """Set up an authenticator app, because policy asks for a second factor and there is none yet."""
    pending = _pending()
    if pending is None:
        return _expired()
    if _stage(pending) != "enrol":
        return _onward(pending)
    form = EnrolForm()
    refusal = None
    if form.validate_on_submit():
        outcome = services().sign_in.confirm_enrolment(actor(), pending, form.code.data or "", form.name.data or "")
        if not isinstance(outcome, Refused):
            # Shown in this answer and never again: nothing keeps the codes in the clear (attack M7).
            return _page(
                "signin/recovery_codes.html",
                codes=outcome.recovery_codes,
                download=codes_file(outcome.recovery_codes),
                form=ActionForm(),
                keep_page=True,
            )
        form.code.data = None
        refusal = messages.code_refused(outcome.reason, outcome.wait_seconds, outcome.drift_minutes)
    if request.method == "GET":
        form.name.data = gettext("My phone")
    enrolment = services().sign_in.begin_enrolment(actor(), pending)
    account = person_of(pending.person_id).username
    return _page("signin/enrol.html", form=form, enrolment=enrolment, account=account, app=_app(pending), refusal=refusal)


@bp.route("/sign-in/recovery-codes", methods=["GET", "POST"])
@public
def recovery_codes() -> ResponseReturnValue:
    """The codes are saved: go on. (They are shown once, in the answer that made them.)"""
    pending = _pending()
    return _onward(pending) if pending else _expired()


@bp.route("/sign-in/password", methods=["GET", "POST"])
@public
def new_password() -> ResponseReturnValue:
    """A password of one's own, where another person set the present one or it has expired."""
    pending = _pending()
    if pending is None:
        return _expired()
    if _stage(pending) != "change_password":
        return _onward(pending)
    person = person_of(pending.person_id)
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            services().sign_in.change_password(actor(), pending, form.new_password.data or "")
        except Invalid as error:
            form.refuse("new_password", messages.sentence(error))
        else:
            keep = pending.session_id
            services().leave.end_all(actor(), pending.person_id, "password_changed", keep=keep)
            return _onward(pending)
    minimum = services().passwords.minimum_length(pending.person_id)
    return _page("signin/password.html", form=form, username=person.username, minimum=minimum)


@bp.get("/sign-in/done")
@public
def done() -> ResponseReturnValue:
    """Nothing is due any more: the browser gets its session."""
    pending = _pending()
    return _onward(pending) if pending else _expired()


@bp.post("/sign-in/cancel")
@public
def cancel() -> ResponseReturnValue:
    """Give the half-done sign-in up."""
    pending = _pending()
    query = {"flow": pending.request_ref} if pending and pending.request_ref else {}
    answer = make_response(redirect("/sign-in" + ("?" + urlencode(query) if query else ""), 303))
    cookies.clear_sign_in(answer)
    return answer


def codes_file(codes: Sequence[str]) -> str:
    """The codes as a text file inside a link, so that they can be saved without a script and without keeping them."""
    heading = gettext("Recovery codes. Each works once.")
    return "data:text/plain;charset=utf-8," + quote(heading + "\r\n\r\n" + "\r\n".join(codes) + "\r\n")


def _page(template: str, **values: object) -> Response:
    form = values.get("form")
    wrong = bool(values.get("refusal")) or bool(form is not None and getattr(form, "errors", None))
    answer = make_response(render_template(template, problem=wrong, **values))
    if wrong:
        answer.status_code = 400
    return answer


def _with_status(answer: Response, refused: Refused) -> Response:
    if refused.reason == "wait":
        answer.status_code = 429
        answer.headers["Retry-After"] = str(max(1, refused.wait_seconds))
    elif refused.reason == "busy":
        answer.status_code = 503
        answer.headers["Retry-After"] = str(max(1, refused.wait_seconds))
    return answer


def _onward(pending: SignIn, token: str | None = None) -> Response:
    """To the page of the stage due now, or, when none is, into the session."""
    rank = services().dance.required_rank(pending.person_id, pending.request_ref)
    stage = services().sign_in.stage(pending, rank)
    if stage == "complete":
        return _finish(pending, rank)
    answer = make_response(redirect(PAGE_OF_STAGE[stage], 303))
    if token is not None:
        cookies.set_sign_in(answer, token)
    return answer


def _finish(pending: SignIn, rank: int) -> Response:
    live = live_session()
    if live is not None and live.person_id != pending.person_id:
        # Another person takes over this browser: what the first one had open ends (attack S1).
        services().leave.end(actor(), [live.id], "replaced")
        live = None
        forget_live_session()
    started = services().sign_in.complete(actor(), pending, live, required_rank=rank)
    target = f"/interaction/{pending.request_ref}" if pending.request_ref else local_path(pending.return_to)
    answer = make_response(redirect(target, 303))
    cookies.set_session(answer, started.token)
    cookies.clear_sign_in(answer)
    if started.device_token:
        cookies.set_device(answer, started.device_token)
    forget_live_session()
    return answer


def _pending() -> SignIn | None:
    token = cookies.read(cookies.SIGN_IN)
    pending = services().sign_in.find(token) if token else None
    if pending is not None:
        _paused(pending.request_ref)  # so that its form may lead on to the application
    return pending


def _stage(pending: SignIn) -> str:
    rank = services().dance.required_rank(pending.person_id, pending.request_ref)
    return services().sign_in.stage(pending, rank)


def _expired() -> Response:
    answer = make_response(redirect("/sign-in?expired=1", 303))
    cookies.clear_sign_in(answer)
    return answer


def _flow() -> str | None:
    flow = request.args.get("flow", "")
    return flow if flow.isalnum() and flow.isascii() and len(flow) <= 26 else None


def _return_to() -> str:
    return local_path(request.args.get("return_to"))


def _paused(flow: str | None) -> Paused | None:
    """The waiting request; its application may be the end of this page's form (browsers check form-action on redirects)."""
    paused = services().dance.paused(flow, browser()) if flow else None
    if paused is not None:
        parts = urlsplit(paused.data.redirect_uri)
        allow_form_target(f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:")
    return paused


def _app(pending: SignIn) -> object | None:
    paused = _paused(pending.request_ref)
    return paused.client if paused else None


def _known_name(paused: Paused | None, again: bool) -> str | None:
    live = live_session()
    if again and live is not None:
        return live.username
    return paused.data.login_hint if paused else None
