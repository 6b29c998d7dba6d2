"""An authorization request, read and checked against its client, whichever way it came: query, form, request object, /par."""

from idp.clients.snapshot import ClientSnapshot
from idp.directory.subject import subject as subject_of
from idp.interaction.request import AuthorizationRequestData, ResponseMode
from idp.protocol import fapi2_profile, rfc7636_pkce, rfc8707_resource, rfc9396_authorization_details, rfc9449_dpop
from idp.protocol import oidc_core_request as core
from idp.protocol.conf import Desk
from idp.protocol.errors import ProtocolError, scopes_of
from idp.protocol.request import Parameters

# A stranger's request may be kept for an hour, so nothing of it is large.
LONGEST = {"state": 2048, "nonce": 512, "claims": 4096, "login_hint": 256}


def checked(
    desk: Desk,
    client: ClientSnapshot,
    payload: Parameters,
    redirect_uri: str,
    mode: ResponseMode,
    *,
    pushed: str | None,
    is_pushed: bool,
    signed: bool,
) -> AuthorizationRequestData:
    """The request as plain values; raises ProtocolError for the first rule it breaks.

    pushed: the digest of its request_uri, None while it is being pushed; signed: it came in a request object.
    """
    if payload.problem:
        raise ProtocolError("invalid_request", payload.problem)
    for name, longest in LONGEST.items():
        if len(payload.get(name) or "") > longest:
            raise ProtocolError("invalid_request", f"{name} is longer than {longest} characters")
    core.refuse_objects(payload.data)
    fapi2_profile.at_authorize(client, pushed=is_pushed, signed=signed, response_mode=payload.get("response_mode"))
    _check_response_type(client, payload.get("response_type"))
    claims = core.claims_asked(payload.get("claims"), client.scopes)
    hinted = core.hint_for(desk, client.client_id, payload.get("id_token_hint"))
    named = rfc8707_resource.at_authorize(desk.conf, client, payload.all("resource"))
    rich = rfc9396_authorization_details.at_authorize(desk, client, payload.get("authorization_details"), named)
    return AuthorizationRequestData(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        response_mode=mode,
        scope=scope_asked(client, payload.get("scope"), may_be_none=bool(rich.details)),
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
        resource=rich.resource,
        authorization_details=rich.details,
        pushed=pushed,
        dpop_jkt=rfc9449_dpop.code_key_asked(payload),
    )


def _check_response_type(client: ClientSnapshot, response_type: str | None) -> None:
    if response_type is None:
        raise ProtocolError("invalid_request", "response_type is missing")
    if response_type != "code":
        raise ProtocolError("unsupported_response_type", "response_type must be code")
    if "authorization_code" not in client.grants:
        raise ProtocolError("unauthorized_client", "this client is not registered for the authorization code grant")


def scope_asked(client: ClientSnapshot, text: str | None, *, may_be_none: bool = False) -> tuple[str, ...]:
    """What is asked for, all of it registered (RFC 6749 section 3.3); offline_access is left out where it cannot be had.

    may_be_none: something else is asked for (RFC 9396 section 3).
    """
    asked = scopes_of(text)
    may_stay = "refresh_token" in client.grants and "offline_access" in client.scopes
    # "The Authorization Server MUST ignore the offline_access request" where it is not for this client (OIDC Core section 11).
    wanted = tuple(scope for scope in asked if scope != "offline_access" or may_stay)
    if not wanted and not may_be_none:
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
