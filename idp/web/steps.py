"""What the pages of the way in share: the waiting request, the half-done sign-in, where to go next.

Each page does one step and asks `SignInService.stage` what is due; when nothing is, the browser gets its session and
returns to the request it came from, or to a page of ours.
"""

from collections.abc import Collection
from urllib.parse import urlencode

from flask import Response, make_response, redirect, render_template, request

from idp.authn.accounts.account import Account
from idp.authn.results import Refused
from idp.authn.sign_in import SignIn
from idp.clients.snapshot import ClientSnapshot
from idp.interaction.dance import Paused, Resumed
from idp.kernel.randomness import digest
from idp.kernel.urls import local_path
from idp.policy.assurance import RANK_OF_CODES, has_second_factor, strength
from idp.policy.second_factor import Ahead
from idp.web import cookies, language
from idp.web.brand import show_brand_of
from idp.web.edge import actor, browser, deps, forget_live_session, live_session, services
from idp.web.forms import ActionForm
from idp.web.headers import lead_on
from idp.web.repeats import as_before, codes_shown_before, once
from idp.web.viewer import say

SUGGESTION = "/account/factors/suggested"
COMING = "/account/factors/coming"
PAGE_OF_STAGE = {
    "passkey": "/sign-in/security-key",
    "code": "/sign-in/code",
    "enrol_passkey": "/sign-in/enrol/passkey",
    "enrol": "/sign-in/enrol",
    "change_password": "/sign-in/password",
    "complete": "/sign-in/done",
}

# In both, whoever has no key at hand may go another way: what is due then is asked anew.
SECOND_STEP = frozenset({"passkey", "code"})
ENROLMENT = frozenset({"enrol_passkey", "enrol"})


def step_page(template: str, **values: object) -> Response:
    """A page of the way in; 400 when its form or what was tried is refused."""
    form = values.get("form")
    wrong = bool(values.get("refusal")) or bool(form is not None and getattr(form, "errors", None))
    answer = make_response(render_template(template, problem=wrong, flow=current_flow(), **values))
    if wrong:
        answer.status_code = 400
    return answer


def with_status(answer: Response, refused: Refused) -> Response:
    """The same page, with the status that tells a machine to wait."""
    if refused.reason == "wait":
        answer.status_code = 429
        answer.headers["Retry-After"] = str(max(1, refused.wait_seconds))
    elif refused.reason == "busy":
        answer.status_code = 503
        answer.headers["Retry-After"] = str(max(1, refused.wait_seconds))
    return answer


def onward(
    pending: SignIn, token: str | None = None, account: Account | None = None, *, after: str | None = None
) -> Response:
    """To the page of the stage due now, or, when none is, into the session.

    account: theirs, where it was just read; after: a page of ours to show first, which then leads on (``then``).
    """
    rank = services().dance.required_rank(pending.person_id, pending.request_ref, account)
    stage = services().sign_in.stage(pending, rank, account)
    if stage == "complete":
        return _finish(pending, rank, account, after)
    # Each tab names its own request, so that two sign-ins in one browser end where they began.
    flow = current_flow() or pending.request_ref
    answer = make_response(redirect(PAGE_OF_STAGE[stage] + (f"?flow={flow}" if flow else ""), 303))
    if token is not None:
        cookies.set_sign_in(answer, token)
        browser()  # its next form tells this browser from others (repeats)
    return answer


def enrolled(pending: SignIn, codes: list[str], *, reason: str = "factor_added") -> Response:
    """After a factor was set up on the way in: on, past its recovery codes where it made some. reason: why other sessions end."""
    # Whoever came in without it is out (attack M6); the session of this browser is the one being strengthened.
    live = live_session()
    keep = live.id if live is not None and live.person_id == pending.person_id else None
    services().leave.end_all(actor(), pending.person_id, reason, keep=keep, offline_too=False)
    if not codes:
        return once(pending, onward(pending))  # the set there was stays
    return once(pending, codes_page(codes), codes)


def codes_page(codes: list[str]) -> Response:
    """Shown in this answer and, but for the same form sent twice, never again: nothing keeps the codes in the clear (attack M7)."""
    return step_page("signin/recovery_codes.html", codes=codes, form=ActionForm(), keep_page=True)


def _finish(pending: SignIn, rank: int, account: Account | None, after: str | None) -> Response:
    live = live_session()
    if live is not None and live.person_id != pending.person_id:
        # Another person takes over this browser: what the first one had open ends (attack S1).
        services().leave.end(actor(), [live.id], "replaced")
        live = None
        forget_live_session()
    ahead = coming(pending, account)
    if not services().enforcement.spend(actor(), pending.person_id, None, ahead):
        # Another sign-in took the last one that grace allowed: what is due is asked anew, and it is more.
        return onward(pending, account=account)
    started = services().sign_in.complete(actor(), pending, live, required_rank=rank, account=account)
    if services().leave.keep_to_limit(actor(), pending.person_id, started.session.id):
        say("session_limit")
    flow = _own_flow(pending)
    target = f"/interaction/{flow}" if flow else local_path(pending.return_to)
    after = after or (COMING if ahead else _suggestion(pending, flow))
    if after is not None:
        target = f"{after}?{urlencode({'then': target})}"
    answer = make_response(redirect(target, 303))
    cookies.set_session(answer, started.token)
    token = cookies.read(cookies.SIGN_IN)
    if token is not None and digest(token) == pending.token_digest:
        cookies.keep_sign_in(answer, token, deps().settings.sign_in_minutes)  # its forms may come again (repeats)
    elif token is not None:
        cookies.clear_sign_in(answer)
    if started.device_token:
        cookies.set_device(answer, started.device_token)
    forget_live_session()
    return answer


def coming(pending: SignIn, account: Account | None = None) -> tuple[Ahead, ...]:
    """What will soon demand more of this person than they prove now; of a sign-in alone, which is what grace counts."""
    if pending.purpose != "sign_in":
        return ()
    return services().dance.ahead(pending.person_id, pending.request_ref, strength(pending.amr.split()), account)


def _suggestion(pending: SignIn, flow: str | None) -> str | None:
    """The page that suggests a second factor, where this sign-in is one to suggest it at; where it is switched off nothing is asked.

    Only on the way to an application (the start page says it itself) and after the password alone. Where policy demands a second
    factor the sign-in has enrolled one by now, and with ``prompt=none`` nobody signs in: neither ever comes here.
    """
    wanted = deps().settings.suggest_second_factor and flow is not None and pending.purpose == "sign_in"
    if not wanted or pending.shared_computer or has_second_factor(pending.amr.split()):
        return None
    person = services().people.get(pending.person_id)
    return SUGGESTION if person is not None and person.factor_suggestion_declined_at is None else None


def _own_flow(pending: SignIn) -> str | None:
    """The request this tab works for: another tab may have begun the half-done sign-in. It decides anew what is due for it."""
    flow = current_flow()
    if flow is None or flow == pending.request_ref:
        return pending.request_ref
    return flow if paused_request(flow) is not None else pending.request_ref


def pending_sign_in() -> SignIn | None:
    """The half-done sign-in of this browser, or None when there is none or it is too old."""
    token = cookies.read(cookies.SIGN_IN)
    pending = services().sign_in.find(token, alone=request.method == "POST") if token else None
    if pending is not None:
        paused_request(pending.request_ref)  # so that its form may lead on to the application
    return pending


def at_step(stages: Collection[str], *, by_code: bool = False) -> SignIn | Response:
    """The half-done sign-in of this browser when one of these stages is due for it, else the answer that leads to where it is.

    by_code: a code is about to be taken; where only a key is enough it would be used up for nothing (attack M3).
    """
    pending = pending_sign_in()
    if pending is None:
        return as_before() or expired()
    rank = services().dance.required_rank(pending.person_id, pending.request_ref)
    stage = services().sign_in.stage(pending, rank)
    if stage in stages and not (by_code and stage == "passkey" and rank > RANK_OF_CODES):
        return pending
    codes = codes_shown_before()
    return codes_page(codes) if codes else onward(pending)


def stage_of(pending: SignIn) -> str:
    """What is due now."""
    rank = services().dance.required_rank(pending.person_id, pending.request_ref)
    return services().sign_in.stage(pending, rank)


def expired() -> Response:
    """The half-done sign-in is gone: on to where it leads when another tab has finished it, else begin again, for the same request."""
    flow = current_flow()
    if live_session() is not None:
        target = f"/interaction/{flow}" if flow else "/"
    else:
        target = "/sign-in?expired=1" + (f"&flow={flow}" if flow else "")
    answer = make_response(redirect(target, 303))
    cookies.clear_sign_in(answer)
    return answer


def current_flow() -> str | None:
    """The reference of the waiting request in the address; it names the request and is no authority."""
    flow = request.args.get("flow", "")
    return flow if flow.isalnum() and flow.isascii() and len(flow) <= 26 else None


def sign_in_address(**more: str) -> str:
    """The sign-in page, for the waiting request of this address or for the page of ours that it leads back to."""
    flow = current_flow()
    return "/sign-in?" + urlencode({**({"flow": flow} if flow else {"return_to": return_path()}), **more})


def return_path() -> str:
    """The page of ours to go to afterwards (attack R4: never another origin)."""
    return local_path(request.args.get("return_to"))


def paused_request(flow: str | None) -> Paused | None:
    """The waiting request; its application may be the end of this page's form (browsers check form-action on redirects)."""
    paused = services().dance.paused(flow, browser()) if flow else None
    if paused is not None:
        dress_for(paused)
    return paused


def dress_for(waiting: Paused | Resumed) -> None:
    """This page in the language and brand of the waiting request; its form may lead on to the application."""
    language.prefer(waiting.data.ui_locales)
    show_brand_of(waiting.client.government_code)
    lead_on(waiting.data.redirect_uri)


def app_of(pending: SignIn) -> ClientSnapshot | None:
    """The application that waits for this sign-in."""
    paused = paused_request(pending.request_ref)
    return paused.client if paused else None
