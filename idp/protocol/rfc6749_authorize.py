"""RFC 6749 - the authorization endpoint.  https://www.rfc-editor.org/rfc/rfc6749

§3.1.2    redirect URI, exactly as registered    validate
§4.1.1    the request                            validate
§4.1.2    the answer                             respond_issue
§4.1.2.1  errors, shown or redirected            refuse
Tighter than the RFC: redirect_uri always; any repeated parameter is an error; code only. Until the client and its
redirect URI are known to be good, errors are shown on our own page and never redirected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.audit.tags import Tag
from idp.authn.sessions import LiveSession
from idp.clients.snapshot import ClientSnapshot
from idp.interaction.request import AuthorizationRequestData
from idp.kernel.actor import Actor
from idp.protocol import oidc_jarm, rfc9126_par
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import Answer, ProtocolError, Shown, answer, plain
from idp.protocol.oidc_form_post import mode_of
from idp.protocol.request import OAuthRequest, Parameters
from idp.protocol.requested import LONGEST, checked, subject_at
from idp.protocol.rfc9101_request_object import fetch_object, open_object
from idp.protocol.sender import name_of_key
from idp.tokens.view import NewGrant

SPEC = "RFC 6749"
_DEAD = "this request_uri is unknown, expired, answered already, or was pushed by another client"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that is good in itself; what it needs of the person is for the dance to decide."""

    data: AuthorizationRequestData
    client: ClientSnapshot


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    return {"authorization_endpoint": conf.url("/authorize"), "response_types_supported": ["code"]}


def validate(request: OAuthRequest) -> Accepted | Shown | Answer:
    """Check a request in order: client, redirect URI (until here Shown), then everything else (Answer, with state and iss)."""
    found = _target(request)
    if isinstance(found, Shown):
        return found
    client, asked, redirect_uri = found
    payload, mode = asked.payload, "query"
    try:
        mode = mode_of(payload.get("response_mode"))
        if asked.problem is not None:
            raise asked.problem
        pushed = asked.pushed
        return Accepted(
            checked(request.desk, client, payload, redirect_uri, mode, pushed=pushed, is_pushed=pushed is not None, signed=asked.signed),
            client,
        )
    except ProtocolError as error:
        _note(request, client, error.error, error.description)
        state = payload.get("state")
        usable = state if state and len(state) <= LONGEST["state"] and not payload.repeated("state") else None
        return _error(request.desk, client, mode, redirect_uri, usable, error.error, error.description)


def refuse(desk: Desk, data: AuthorizationRequestData, error: str, description: str | None = None) -> Answer:
    """The error answer of an accepted request: to its redirect URI, with its state and our `iss` (section 4.1.2.1)."""
    if data.pushed is not None:
        rfc9126_par.spend(desk, data.pushed)
    client = desk.registry.find(data.client_id)
    return _error(desk, client, data.response_mode, data.redirect_uri, data.state, error, description)


def respond_issue(
    desk: Desk,
    actor: Actor,
    data: AuthorizationRequestData,
    client: ClientSnapshot,
    live: LiveSession,
    subject: str | None = None,
) -> Answer | Shown:
    """Grant the request and give the answer with its code (section 4.1.2); Shown for a pushed request that was answered already.

    subject: the person's `sub` at this client where the caller knows it already; read otherwise.
    """
    if data.pushed is not None and not rfc9126_par.spend(desk, data.pushed):
        return Shown("invalid_request_uri", _DEAD)
    code = desk.ledger.issue(
        actor,
        NewGrant(
            client_id=client.client_id,
            person_id=live.person_id,
            session_id=live.id,
            subject=subject or subject_at(desk, live.person_id, client),
            government_code=live.government_code,
            scope=data.scope,
            resource=data.resource,
            claims=data.claims,
            nonce=data.nonce,
            redirect_uri=data.redirect_uri,
            code_challenge=data.code_challenge,
            auth_time=live.auth_time,
            acr=live.acr,
            amr=live.amr,
            bound_to=name_of_key(data.dpop_jkt),
            authorization_details=data.authorization_details,
        ),
        may_refresh="refresh_token" in client.grants,
    )
    return _write(desk, client, data.response_mode, data.redirect_uri, data.state, {"code": code})


def _note(request: OAuthRequest, client: ClientSnapshot, error: str, reason: str) -> None:
    request.desk.audit.record(Tag.REQUEST_REFUSE, request.actor, client_id=client.client_id, error=error, reason=reason)


def _error(
    desk: Desk, client: ClientSnapshot | None, mode: str, redirect_uri: str, state: str | None, error: str, description: str | None
) -> Answer:
    params = {"error": error, "error_description": plain(description) if description else None}
    return _write(desk, client, mode, redirect_uri, state, params)


def _write(
    desk: Desk, client: ClientSnapshot | None, mode: str, redirect_uri: str, state: str | None, params: Mapping[str, str | None]
) -> Answer:
    """The one writer of every answer: query, form_post, and both as a signed JWT (JARM)."""
    written = answer(desk.conf.issuer, mode, redirect_uri, state, params)
    return oidc_jarm.secured(desk, client, written) if client is not None and mode.endswith("jwt") else written


def _target(request: OAuthRequest) -> Shown | tuple[ClientSnapshot, "_Asked", str]:
    payload = request.payload
    if request.method == "POST" and not request.is_form:
        return Shown("invalid_request", "send the request as a form (application/x-www-form-urlencoded)")
    client_id = payload.get("client_id")
    if client_id is None or payload.repeated("client_id"):
        return Shown("invalid_request", "client_id must be given once")
    client = request.desk.registry.find(client_id)
    if client is None or not client.enabled:
        return Shown("invalid_client", "this client_id is not known here, or is switched off")
    asked = _asked(request, client)
    if isinstance(asked, Shown):
        _note(request, client, asked.error, asked.description)
        return asked
    redirect_uri = asked.payload.get("redirect_uri")
    if redirect_uri is None or asked.payload.repeated("redirect_uri"):
        return Shown("invalid_request", "redirect_uri must be given once")
    if not client.redirects_to(redirect_uri):
        _note(request, client, "invalid_request", "redirect_uri")
        return Shown("invalid_request", "redirect_uri is not registered for this client, character by character")
    return client, asked, redirect_uri


@dataclass(frozen=True, slots=True)
class _Asked:
    """The parameters that count, and how they came. problem: an error that the plain request's redirect URI may hear."""

    payload: Parameters
    pushed: str | None = None
    signed: bool = False
    problem: ProtocolError | None = None


def _asked(request: OAuthRequest, client: ClientSnapshot) -> "_Asked | Shown":
    """Open what the request refers to. What is wrong with it is shown: its redirect URI stands inside and is not known."""
    payload, uri = request.payload, request.payload.get("request_uri")
    if uri is None and "request" not in payload.data:
        return _Asked(payload)
    if payload.problem:
        return Shown("invalid_request", payload.problem)
    if uri is not None and "request" in payload.data:
        return Shown("invalid_request", "request and request_uri exclude each other (RFC 9101 section 5)")
    if rfc9126_par.is_ours(uri):
        kept = rfc9126_par.pushed(request, client, uri or "")
        if kept is None:
            return Shown("invalid_request_uri", _DEAD)
        return _Asked(rfc9126_par.parameters(kept), kept.digest.hex(), kept.signed)
    try:
        opened = fetch_object(request.desk, client, uri) if uri is not None else open_object(request.desk, client, payload.data["request"])
        return _Asked(opened, signed=True)
    except ProtocolError as error:
        if error.error.endswith("_not_supported"):
            return _Asked(payload, problem=error)
        return Shown(error.error, error.description)


