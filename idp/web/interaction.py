"""The one place every sign-in page returns to: what is due next for an authorization request?"""

from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from idp.interaction.dance import Resumed
from idp.interaction.decide import Ask, Issue, Page, Refuse
from idp.portal.catalogue import start_of
from idp.web.details import shown_details
from idp.web.edge import actor, browser, deps, forget_live_session, live_session, services
from idp.web.guards import public
from idp.web.protocol import answer_error, answer_issue, shown_error
from idp.web.steps import dress_for

bp = Blueprint("interaction", __name__)


@bp.get("/interaction/<ref>")
@public
def resume(ref: str) -> ResponseReturnValue:
    """Decide, and go there: a page of ours, or back to the application."""
    resumed = services().dance.resume(actor(), ref, browser(), live_session())
    if resumed is not None and resumed.data.device:
        return redirect(f"/device/{ref}", 303)
    return _go(ref, resumed) if resumed else _gone(ref)


@bp.route("/interaction/<ref>/account", methods=["GET", "POST"])
@public
def select_account(ref: str) -> ResponseReturnValue:
    """Continue as the person signed in, or sign in as another (OIDC Core section 3.1.2.1, select_account)."""
    resumed = services().dance.resume(actor(), ref, browser(), live_session())
    live = live_session()
    if resumed is None:
        return _gone(ref)
    if live is None or not (isinstance(resumed.step, Ask) and resumed.step.page is Page.SELECT_ACCOUNT):
        return redirect(f"/interaction/{ref}", 303)
    if request.method == "GET":
        dress_for(resumed)
        preview = services().claims_preview(live.person_id, resumed.data)
        return render_template("interaction/account.html", ref=ref, client=resumed.client, live=live, preview=preview)
    services().dance.select(ref)
    if request.form.get("choice") == "another":
        services().leave.end(actor(), [live.id], "another_account")
        forget_live_session()
    return redirect(f"/interaction/{ref}", 303)


@bp.route("/interaction/<ref>/data", methods=["GET", "POST"])
@public
def data(ref: str) -> ResponseReturnValue:
    """Show what the application will receive; allow or decline."""
    resumed = services().dance.resume(actor(), ref, browser(), live_session())
    live = live_session()
    if resumed is None:
        return _gone(ref)
    due = isinstance(resumed.step, Ask) and resumed.step.page is Page.DATA_SHARED
    if live is None or not due or resumed.data.device:
        return redirect(f"/interaction/{ref}", 303)
    if request.method == "GET":
        dress_for(resumed)
        preview = services().claims_preview(live.person_id, resumed.data)
        details = shown_details(resumed.data.authorization_details)
        if details is None:
            services().dance.close(ref)
            return answer_error(resumed.data, "invalid_authorization_details", "a type was taken away or declared anew meanwhile")
        return render_template(
            "interaction/data.html", ref=ref, client=resumed.client, live=live, scopes=resumed.data.scope, preview=preview, details=details
        )
    if request.form.get("choice") == "allow":
        if resumed.data.authorization_details:
            services().dance.agree(ref, live.person_id)
        services().consents.record(actor(), live.person_id, resumed.data, government=live.government_code)
        return redirect(f"/interaction/{ref}", 303)
    services().consents.deny(actor(), live.person_id, resumed.data, government=live.government_code)
    services().dance.close(ref)
    return answer_error(resumed.data, "access_denied", "The person declined to share their data.")


def _go(ref: str, resumed: Resumed) -> ResponseReturnValue:
    match resumed.step:
        case Ask(page=page):
            return redirect(path_of(page, ref), 303)
        case Refuse(error=error, reason=reason):
            services().dance.close(ref)
            if reason.startswith("access."):
                return _no_access(resumed, reason)
            return answer_error(resumed.data, error, reason)
        case Issue():
            live = live_session()
            if live is None or not services().dance.close(ref):
                return _gone(ref)
            return answer_issue(resumed.data, resumed.client, live)


def path_of(page: Page, ref: str) -> str:
    """Where a page that is due stands."""
    match page:
        case Page.SELECT_ACCOUNT:
            return f"/interaction/{ref}/account"
        case Page.DATA_SHARED:
            return f"/interaction/{ref}/data"
        case Page.STEP_UP:
            return "/sign-in/step-up?" + urlencode({"flow": ref})
        case Page.SIGN_IN_AGAIN:
            return "/sign-in?" + urlencode({"flow": ref, "again": "1"})
        case Page.SIGN_IN:
            return "/sign-in?" + urlencode({"flow": ref})


def _gone(ref: str) -> ResponseReturnValue:
    """Expired, finished, or begun in another browser (attack S1): begin again at the application, named only to its own browser."""
    client = services().dance.past(ref, browser())
    start = start_of(client, deps().settings.issuer) if client else None
    return shown_error("request_expired", 400, app=client, start=start)


def _no_access(resumed: Resumed, reason: str) -> ResponseReturnValue:
    return answer_error(resumed.data, "access_denied", reason)
