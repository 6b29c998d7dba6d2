"""The protocol endpoints: what comes over HTTP becomes an `OAuthRequest`, what comes back becomes a response.

No rule of OAuth stands here; `idp.protocol` has them, one file per specification.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from idp.authn.sessions import LiveSession
from idp.clients.snapshot import ClientSnapshot
from idp.interaction.dance import GoTo
from idp.interaction.decide import Issue, Refuse
from idp.interaction.request import AuthorizationRequestData
from idp.kernel.actor import Actor
from idp.kernel.urls import origin_of
from idp.portal.catalogue import home_of
from idp.protocol import oidc_frontchannel_logout, oidc_rpinitiated_logout, rfc6749_authorize
from idp.protocol.errors import Answer, Reply, Shown
from idp.protocol.request import OAuthRequest
from idp.web import cookies
from idp.web.certificates import certificate_of
from idp.web.csrf import check_form
from idp.web.edge import actor, browser, deps, forget_live_session, live_session, request_id, services, stranger
from idp.web.guards import client_endpoint, public, read_only
from idp.web.headers import allow_frames, lead_on
from idp.web.machine import ENDPOINTS

bp = Blueprint("protocol", __name__)
View = TypeVar("View", bound=Callable[..., Any])

_LONGEST_BOUNCE = 6000
_SECONDS_FOR_FRAMES = 4
_SECONDS_TO_READ = 20
_REASONS = {
    "no_session": "nobody is signed in",
    "prompt_login": "the person must sign in again",
    "max_age": "the last sign-in is older than max_age",
    "select_account": "the person must choose an account",
    "hint_names_another_person": "somebody else is signed in than the hint names",
    "assurance_not_offered": "the asked acr is higher than this provider offers",
    "assurance": "a stronger sign-in is needed for the asked acr or by policy",
    "data_shared": "the person has not yet seen which data this application receives",
    "client_disabled": "this client is switched off",
}


def without_csrf(view: View) -> View:
    """Applications post here from their own origins; what changes something checks the form itself."""
    view.__csrf_exempt__ = True  # type: ignore[attr-defined]
    return view


@bp.route("/authorize", methods=["GET", "POST"])
@without_csrf
@public
def authorize() -> ResponseReturnValue:
    """RFC 6749 section 3.1: answer at once where nothing is due, else send the browser to its interaction."""
    who = actor()
    verdict = rfc6749_authorize.validate(oauth_request("/authorize", who))
    if isinstance(verdict, Shown):
        named = services().registry.find(request.values.get("client_id", "")[:128])
        return shown_error(verdict.error, 400, verdict.description, app=named)
    if isinstance(verdict, Answer):
        return send_answer(verdict)
    bounce = _bounce()
    if bounce:
        return bounce
    live = live_session()
    step = services().dance.enter(who, verdict.data, verdict.client, live, browser())
    match step:
        case Issue(subject=subject) if live is not None:
            return answer_issue(verdict.data, verdict.client, live, subject)
        case GoTo(ref=ref):
            return redirect(f"/interaction/{ref}", 303)
        case Refuse(error=error, reason=reason):
            return answer_error(verdict.data, error, reason)
    raise AssertionError("the dance issues only to a live session")


@bp.route("/token", methods=["POST", "OPTIONS"], provide_automatic_options=False)
@client_endpoint
def token() -> ResponseReturnValue:
    """RFC 6749 section 3.2."""
    return _preflight() if request.method == "OPTIONS" else _served()


@bp.route("/userinfo", methods=["GET", "POST", "OPTIONS"], provide_automatic_options=False)
@read_only
@client_endpoint
def userinfo() -> ResponseReturnValue:
    """OIDC Core section 5.3."""
    return _preflight() if request.method == "OPTIONS" else _served()


@bp.post("/introspect")
@client_endpoint
def introspect() -> ResponseReturnValue:
    """RFC 7662; for servers only, so no CORS."""
    return _served(cors=False)


@bp.route("/revoke", methods=["POST", "OPTIONS"], provide_automatic_options=False)
@client_endpoint
def revoke() -> ResponseReturnValue:
    """RFC 7009."""
    return _preflight() if request.method == "OPTIONS" else _served()


def _served(*, cors: bool = True) -> Response:
    """What did not take the short way, served by the same table."""
    endpoint = ENDPOINTS["GET" if request.method == "HEAD" else request.method, request.path]
    return send_reply(endpoint.answer(deps(), oauth_request(request.path)), cors=cors)


@bp.route("/logout", methods=["GET", "POST"])
@without_csrf
@public
def logout() -> ResponseReturnValue:
    """OIDC RP-Initiated Logout, and our own "sign out": the same page and the same verb."""
    asked, live = oauth_request("/logout", actor()), live_session()
    leaving = oidc_rpinitiated_logout.consider(asked, live)
    if isinstance(leaving, Shown):
        page = render_template("logout/error.html", error=leaving.error, description=leaving.description, incident=request_id())
        return make_response(page, 400)
    target = oidc_rpinitiated_logout.after(leaving)
    confirmed = request.method == "POST" and asked.payload.get("confirm") is not None
    if confirmed:
        check_form()
    elif bounce := _bounce():
        return bounce
    if leaving.ask and not confirmed:
        lead_on(target)
        hidden = {name: value for name in oidc_rpinitiated_logout.KEPT if (value := asked.payload.get(name))}
        return render_template("logout/confirm.html", hidden=hidden, client=leaving.client)
    left = _clients(services().leave.end(actor(), [live.id], "logout")) if live else []
    forget_live_session()
    response = _left(left, live, target, leaving.client)
    cookies.clear_session(response)
    return response


def _left(left: list[ClientSnapshot], live: LiveSession | None, target: str | None, by: ClientSnapshot | None) -> Response:
    """On to the application; or the page that frames the sign-out pages of the others and says how far signing out has come.

    It claims no more than is known: a frame is only loaded, a message only on its way (`interaction.untold` knows later).
    The page goes on by itself after a few seconds (the frames have loaded by then), and at once by its button.
    by: the application that asked; it ends its own session.
    """
    framed = {client.client_id: oidc_frontchannel_logout.address(deps().conf, client, live.id) if live else None for client in left}
    frames = [address for address in framed.values() if address]
    if target and not frames:
        return make_response(redirect(target, 303))
    allow_frames(*(str(origin_of(address)) for address in frames))
    told = [client for client in left if client.backchannel_logout_uri]
    asked = [client for client in left if framed[client.client_id] and client not in told]
    others = [client for client in left if not (client in told or client in asked or (target and client == by))]
    still = [(client, home_of(client)) for client in others]
    values = {"told": told, "asked": asked, "still": still, "nothing_open": live and not left, "frames": frames, "continue_uri": target}
    page = make_response(render_template("logout/done.html", **values))
    if target:
        page.headers["Refresh"] = f"{_SECONDS_TO_READ if still else _SECONDS_FOR_FRAMES}; url={target}"
    return page


# -- for this file, wellknown.py and interaction.py ---------------------------------------------------------------


def oauth_request(path: str, who: Actor | None = None) -> OAuthRequest:
    """This request as the protocol sees it; machine endpoints look at no cookie, so their actor is anonymous at first."""
    incoming = request._get_current_object()  # type: ignore[attr-defined]
    return OAuthRequest(
        method=incoming.method,
        url=deps().settings.issuer + path,
        query=incoming.query_string.decode("latin-1"),
        body=incoming.get_data(cache=True).decode("utf-8", "replace") if incoming.method == "POST" else "",
        content_type=incoming.content_type or "",
        headers=cast(Mapping[str, str], incoming.headers),  # it finds names whatever their case
        desk=services().desk,
        actor=who or stranger(),
        peer_certificate=certificate_of(incoming.environ, deps().settings),
    )


def answer_issue(
    data: AuthorizationRequestData, client: ClientSnapshot, live: LiveSession, subject: str | None = None
) -> Response:
    """Grant the request and answer the application."""
    answer = rfc6749_authorize.respond_issue(services().desk, actor(), data, client, live, subject)
    return shown_error(answer.error, 400, answer.description) if isinstance(answer, Shown) else send_answer(answer)


def answer_error(data: AuthorizationRequestData, error: str, reason: str | None = None) -> Response:
    """Refuse the request and answer the application. reason: one of ours, or a sentence."""
    text = _REASONS.get(reason or "")
    if text is None and reason and reason.startswith("access."):
        text = "this person may not use this application"
    return send_answer(rfc6749_authorize.refuse(services().desk, data, error, text or reason))


def shown_error(
    error: str, status: int = 400, description: str | None = None, *, app: ClientSnapshot | None = None, start: str | None = None
) -> Response:
    """An error on our own page: the application, or where it wants the browser to go, cannot be trusted."""
    contact = services().cards.contact(app.client_id) if app else None
    values = {"error": error, "description": description, "incident": request_id(), "app": app, "start": start, "contact": contact}
    page = render_template("errors/oauth.html", **values)
    return make_response(page, status)


def send_answer(answer: Answer) -> Response:
    """Send the browser back to the application: by a redirect (303, so that nothing is posted on), or by a form."""
    if answer.mode == "query":
        return Response(status=303, headers={"Location": answer.location, "Cache-Control": "no-store"})
    lead_on(answer.redirect_uri)
    return make_response(render_template("protocol/form_post.html", action=answer.redirect_uri, params=answer.params))


def send_reply(reply: Reply, *, cors: bool = True) -> Response:
    """A machine's answer, readable across origins by the pages of its own client only (attack S7)."""
    response = Response(reply.body, reply.status, list(reply.headers))
    if not any(name == "Content-Type" for name, _ in reply.headers):
        del response.headers["Content-Type"]
    origin = request.headers.get("Origin")
    if cors and origin is not None:
        response.headers["Vary"] = "Origin"
        if origin in reply.origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "DPoP-Nonce, WWW-Authenticate"
    return response


def _preflight() -> Response:
    """Before the client is known, any registered origin may ask (Fetch standard, CORS-preflight); credentials never."""
    response = Response(status=204, headers={"Vary": "Origin"})
    origin = request.headers.get("Origin")
    if origin is not None and services().registry.is_origin(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, DPoP"
        response.headers["Access-Control-Max-Age"] = "600"
    return response


def _bounce() -> Response | None:
    """A form that another site posted arrives without our SameSite=Lax cookies: ask the browser to come again by GET."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") != "cross-site" or cookies.read(cookies.SESSION):
        return None
    query = urlencode(list(request.form.items(multi=True)))
    if len(query) > _LONGEST_BOUNCE:
        return None
    return make_response(redirect(f"{request.path}?{query}", 303))


def _clients(client_ids: list[str]) -> list[ClientSnapshot]:
    found = (services().registry.find(client_id) for client_id in client_ids)
    return [client for client in found if client is not None]
