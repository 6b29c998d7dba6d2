"""RFC 6749 - the authorization endpoint.  https://www.rfc-editor.org/rfc/rfc6749

§3.1.2    redirect URI, exactly as registered    validate
§4.1.1    the request                            validate
§4.1.2    the answer                             respond_issue
§4.1.2.1  errors, shown or redirected            refuse
Tighter than the RFC: redirect_uri always; any repeated parameter is an error; code only. Until the client and its
redirect URI are known to be good, errors are shown on our own page and never redirected.
"""

from dataclasses import dataclass
from typing import Any

from idp.audit.tags import Tag
from idp.authn.sessions import LiveSession
from idp.clients.snapshot import ClientSnapshot
from idp.directory.subject import subject as subject_of
from idp.interaction.request import AuthorizationRequestData, ResponseMode
from idp.kernel.actor import Actor
from idp.protocol import oidc_core_request as core
from idp.protocol import rfc7636_pkce, rfc8707_resource
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import Answer, ProtocolError, Shown, answer, plain, scopes_of
from idp.protocol.oidc_form_post import mode_of
from idp.protocol.request import OAuthRequest
from idp.tokens.view import NewGrant

SPEC = "RFC 6749"
# A stranger's request may be kept for an hour, so nothing of it is large.
_LONGEST = {"state": 2048, "nonce": 512, "claims": 4096, "login_hint": 256}


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
    client, redirect_uri = found
    payload = request.payload
    mode: ResponseMode = "query"
    try:
        mode = mode_of(payload.get("response_mode"))
        return Accepted(_data(request, client, redirect_uri, mode), client)
    except ProtocolError as error:
        _note(request, client, error.error, error.description)
        state = payload.get("state")
        usable = state if state and len(state) <= _LONGEST["state"] and not payload.repeated("state") else None
        return _error(request.desk.conf, mode, redirect_uri, usable, error.error, error.description)


def refuse(conf: Conf, data: AuthorizationRequestData, error: str, description: str | None = None) -> Answer:
    """The error answer of an accepted request: to its redirect URI, with its state and our `iss` (section 4.1.2.1)."""
    return _error(conf, data.response_mode, data.redirect_uri, data.state, error, description)


def respond_issue(
    desk: Desk,
    actor: Actor,
    data: AuthorizationRequestData,
    client: ClientSnapshot,
    live: LiveSession,
    subject: str | None = None,
) -> Answer:
    """Grant the request and give the answer with its code (section 4.1.2).

    subject: the person's `sub` at this client where the caller knows it already; read otherwise.
    """
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
        ),
        may_refresh="refresh_token" in client.grants,
    )
    return answer(desk.conf.issuer, data.response_mode, data.redirect_uri, data.state, {"code": code})


def _note(request: OAuthRequest, client: ClientSnapshot, error: str, reason: str) -> None:
    request.desk.audit.record(Tag.REQUEST_REFUSE, request.actor, client_id=client.client_id, error=error, reason=reason)


def _error(conf: Conf, mode: str, redirect_uri: str, state: str | None, error: str, description: str | None) -> Answer:
    params = {"error": error, "error_description": plain(description) if description else None}
    return answer(conf.issuer, mode, redirect_uri, state, params)


def _target(request: OAuthRequest) -> Shown | tuple[ClientSnapshot, str]:
    payload = request.payload
    if request.method == "POST" and not request.is_form:
        return Shown("invalid_request", "send the request as a form (application/x-www-form-urlencoded)")
    client_id, redirect_uri = payload.get("client_id"), payload.get("redirect_uri")
    if client_id is None or payload.repeated("client_id"):
        return Shown("invalid_request", "client_id must be given once")
    client = request.desk.registry.find(client_id)
    if client is None or not client.enabled:
        return Shown("invalid_client", "this client_id is not known here, or is switched off")
    if redirect_uri is None or payload.repeated("redirect_uri"):
        return Shown("invalid_request", "redirect_uri must be given once")
    if not client.redirects_to(redirect_uri):
        _note(request, client, "invalid_request", "redirect_uri")
        return Shown("invalid_request", "redirect_uri is not registered for this client, character by character")
    return client, redirect_uri


def _data(request: OAuthRequest, client: ClientSnapshot, redirect_uri: str, mode: ResponseMode) -> AuthorizationRequestData:
    payload, conf = request.payload, request.desk.conf
    if payload.problem:
        raise ProtocolError("invalid_request", payload.problem)
    for name, longest in _LONGEST.items():
        if len(payload.get(name) or "") > longest:
            raise ProtocolError("invalid_request", f"{name} is longer than {longest} characters")
    core.refuse_objects(payload.data)
    _check_response_type(client, payload.response_type)
    claims = core.claims_asked(payload.get("claims"), client.scopes)
    hinted = core.hint_for(request.desk, client.client_id, payload.get("id_token_hint"))
    return AuthorizationRequestData(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        response_mode=mode,
        scope=scope_asked(client, payload.scope),
        state=payload.get("state"),
        nonce=payload.get("nonce"),
        code_challenge=rfc7636_pkce.require_challenge(
            client, payload.get("code_challenge"), payload.get("code_challenge_method")
        ),
        prompt=core.prompts(payload.get("prompt")),
        max_age=core.max_age(payload.get("max_age")),
        acr_values=core.words(payload.get("acr_values")),
        claims=claims,
        hint_subject=hinted or core.subject_asked(claims),
        login_hint=payload.get("login_hint"),
        ui_locales=core.words(payload.get("ui_locales")),
        resource=rfc8707_resource.at_authorize(conf, client, payload.all("resource")),
    )


def _check_response_type(client: ClientSnapshot, response_type: str | None) -> None:
    if response_type is None:
        raise ProtocolError("invalid_request", "response_type is missing")
    if response_type != "code":
        raise ProtocolError("unsupported_response_type", "response_type must be code")
    if "authorization_code" not in client.grants:
        raise ProtocolError("unauthorized_client", "this client is not registered for the authorization code grant")


def scope_asked(client: ClientSnapshot, text: str | None) -> tuple[str, ...]:
    """What is asked for, all of it registered (RFC 6749 section 3.3); offline_access is left out where it cannot be had."""
    asked = scopes_of(text)
    may_stay = "refresh_token" in client.grants and "offline_access" in client.scopes
    # "The Authorization Server MUST ignore the offline_access request" where it is not for this client (OIDC Core section 11).
    wanted = tuple(scope for scope in asked if scope != "offline_access" or may_stay)
    if not wanted:
        raise ProtocolError("invalid_scope", "scope is missing")
    if not set(wanted) <= set(client.scopes):
        raise ProtocolError("invalid_scope", "a scope is not one this client is registered for")
    return wanted


def subject_at(desk: Desk, person_id: str, client: ClientSnapshot) -> str:
    """The `sub` by which a client knows a person (OIDC Core section 8)."""
    profile = desk.directory.profile(person_id, ())
    if profile is None:
        raise LookupError("the person of a live session is gone")
    return subject_of(profile.subject_seed, person_id, client.pairwise_sector)
