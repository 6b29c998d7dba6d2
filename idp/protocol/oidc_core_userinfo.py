"""OpenID Connect Core 1.0 - UserInfo.  https://openid.net/specs/openid-connect-core-1_0.html

§5.3.1  GET, POST with header, POST with body   userinfo
§5.3.2  claims; signed where the client asks    answer_of
§5.4    claims of scopes                        answer_of
§5.5    claims asked for one by one             answer_of
Tighter than the specification: the token must be meant for us (`aud`), and grant, person, session and client must be
alive at this moment. A bound token needs its key (RFC 9449, RFC 8705).
"""

import json
from typing import Any

from authlib.oauth2 import OAuth2Error

from idp.clients.snapshot import ClientSnapshot
from idp.directory.claims import CLAIMS_BY_SCOPE, SCOPES, claims_for, permitted, scopes_to_load
from idp.protocol.conf import Conf
from idp.protocol.errors import NO_STORE, Reply, json_reply
from idp.protocol.gate import ASSURANCE, closed, still_registered
from idp.protocol.oidc_core_id_token import requested
from idp.protocol.request import OAuthRequest
from idp.protocol.rfc6750_bearer import challenge, scheme_of, token_of
from idp.protocol.rfc7516_encryption import encrypted
from idp.protocol.rfc9068_access_token import audience_of, read
from idp.protocol.rfc9470_step_up import too_weak
from idp.protocol.sender_checks import at_resource
from idp.tokens.view import GrantView

SPEC = "OIDC Core"


def metadata(conf: Conf) -> dict[str, Any]:
    """OIDC Discovery section 3."""
    return {
        "userinfo_endpoint": conf.url("/userinfo"),
        "userinfo_signing_alg_values_supported": ["RS256", "ES256"],
        "scopes_supported": list(SCOPES),
        "claims_supported": [name for scope in CLAIMS_BY_SCOPE.values() for name in scope],
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": True,
    }


def userinfo(request: OAuthRequest) -> Reply:
    """What the person shares with the application that holds this token (section 5.3)."""
    client: ClientSnapshot | None = None
    try:
        token = token_of(request)
        scopes, grant, client = _admitted(request, token)
        reply = answer_of(request, client, grant, scopes)
    except OAuth2Error as error:
        reply = json_reply(error.status_code, dict(error.get_body()), tuple(error.get_headers())[1:])
    return Reply(reply.status, reply.body, reply.headers, client.origins if client else frozenset())


def _admitted(request: OAuthRequest, token: str) -> tuple[tuple[str, ...], GrantView, ClientSnapshot]:
    """Check the token, then the live state in one read; every failure gets the same answer (RFC 6750 section 3.1).

    Gives the token's scopes that its client still is registered for, the grant, the client.
    """
    desk = request.desk
    claims = read(desk, token)
    grant = desk.ledger.live(claims["jti"]) if claims and desk.conf.issuer in audience_of(claims) else None
    if claims is None or grant is None or grant.client_id != claims.get("client_id") or grant.code_used_at is None:
        raise _invalid(request)
    known = desk.registry.find(grant.client_id)
    client = desk.registry.confirm(known, grant.client_version) if known else None
    reason = closed(desk, client, grant) if client else "client_gone"
    if client is None or reason not in (None, ASSURANCE):
        raise _invalid(request)
    at_resource(request, token, claims, client)
    if reason == ASSURANCE:
        raise too_weak(desk, client, grant, scheme_of(request))
    scopes = still_registered(client, str(claims.get("scope", "")).split())
    if "openid" not in scopes:
        raise challenge("insufficient_scope", "the scope openid is needed", 403, scope="openid")
    return scopes, grant, client


def _invalid(request: OAuthRequest) -> OAuth2Error:
    return challenge("invalid_token", "the access token is expired, revoked or not meant for this endpoint", 401, scheme=scheme_of(request))


def answer_of(request: OAuthRequest, client: ClientSnapshot, grant: GrantView, scopes: tuple[str, ...]) -> Reply:
    """`sub` and the claims of the token's scopes and of the `claims` parameter; as a JWT where the client wants one."""
    desk, asked = request.desk, permitted(requested(grant.claims, "userinfo"), client.scopes)
    profile = desk.directory.profile(grant.person_id, scopes_to_load(scopes, asked))
    if profile is None:
        raise _invalid(request)
    body = claims_for(profile, scopes, asked) | {"sub": grant.subject}
    if client.userinfo_alg or client.userinfo_key_alg:
        signed = desk.ring.sign(body | {"iss": desk.conf.issuer, "aud": client.client_id}, alg=client.userinfo_alg or client.id_token_alg)
        if client.userinfo_key_alg is not None:
            signed = encrypted(desk, client, signed, client.userinfo_key_alg)
        return Reply(200, signed.encode(), (("Content-Type", "application/jwt"), *NO_STORE))
    raw = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return Reply(200, raw, (("Content-Type", "application/json"), *NO_STORE))
