"""RFC 6749 - authorization code grant at the token endpoint.  https://www.rfc-editor.org/rfc/rfc6749

§4.1.3  code, redirect_uri, client   CodeGrant.create_token_response
§5.1    the answer                   token_answer
Tighter than the RFC: redirect_uri always; PKCE's verifier checked in the same statement that spends the code; the code
is claimed before anything is signed (Authlib saves the token first and claims nothing atomically).
"""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin

from idp.clients.snapshot import ClientSnapshot
from idp.kernel.scopes import parse
from idp.protocol import rfc7636_pkce, rfc8707_resource, rfc9396_authorization_details
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import NO_STORE, ProtocolError
from idp.protocol.gate import closed, still_registered
from idp.protocol.oidc_core_id_token import id_token
from idp.protocol.rfc6749_client_auth import METHODS
from idp.protocol.rfc9068_access_token import access_token
from idp.protocol.sender_checks import at_token
from idp.protocol.server import OAuthServer, confirm
from idp.tokens.view import GrantView, Refused

SPEC = "RFC 6749"
INVALID = "the code is unknown, used, expired, or does not belong to this client, redirect_uri, code_verifier or DPoP key"


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    return {"token_endpoint": conf.url("/token"), "grant_types_supported": ["authorization_code"]}


def register(server: OAuthServer) -> None:
    """Mount the grant."""
    server.register_grant(CodeGrant)


class CodeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Redeems a code."""

    GRANT_TYPE = "authorization_code"
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        """Who asks, and whether it may (RFC 6749 section 5.2)."""
        authenticated(self, self.GRANT_TYPE)
        if not self.request.payload.get("code"):
            raise ProtocolError("invalid_request", "code is missing")

    def create_token_response(self) -> tuple[int, dict[str, Any], Sequence[tuple[str, str]]]:
        """Spend the code, then look at the live state, make it durable, and only then sign."""
        request, desk = self.request, self.request.desk
        client: ClientSnapshot = request.client.snapshot
        rfc8707_resource.check_named(desk.conf, client, request.payload.all("resource"))
        rfc9396_authorization_details.check_asked(request)
        grant = desk.ledger.redeem(
            request.actor,
            request.payload.get("code"),
            client_id=client.client_id,
            redirect_uri=request.payload.get("redirect_uri") or "",
            challenge=rfc7636_pkce.transform(request.payload.get("code_verifier")),
            may_refresh="refresh_token" in client.grants,
            proved=desk.sender.key,
        )
        if isinstance(grant, Refused):
            raise ProtocolError("invalid_grant", INVALID)
        confirm(request, grant.client_version)
        if closed(desk, client, grant):
            desk.ledger.revoke(request.actor, grant, "no_access")
            raise ProtocolError("invalid_grant", INVALID)
        audience = rfc8707_resource.at_token(desk.conf, client, tuple(grant.resource.split()), request.payload.all("resource"))
        details = rfc9396_authorization_details.of_grant(request, grant, audience)
        desk.ledger.settle()
        refresh = desk.ledger.refresh_token(grant)
        scope = still_registered(client, parse(grant.scope))
        return token_answer(desk, client, grant, scope, audience, refresh=refresh, nonce=grant.nonce, details=details)


def authenticated(grant: Any, grant_type: str) -> ClientSnapshot:
    """The client of a token request, which may use this grant type, and whom its tokens are bound to; else ProtocolError."""
    request = grant.request
    client = grant.authenticate_token_endpoint_client()
    if not client.check_grant_type(grant_type):
        raise ProtocolError("unauthorized_client", f"this client is not registered for the grant type {grant_type}")
    snapshot: ClientSnapshot = request.client.snapshot
    request.desk.sender = at_token(request, snapshot)
    return snapshot


def token_answer(
    desk: Desk,
    client: ClientSnapshot,
    grant: GrantView,
    scope: Sequence[str],
    audience: Sequence[str],
    *,
    refresh: str | None,
    nonce: str | None,
    details: Sequence[dict[str, Any]] = (),
) -> tuple[int, dict[str, Any], Sequence[tuple[str, str]]]:
    """The successful answer of section 5.1, with an ID token where `openid` was granted (OIDC Core section 3.1.3.3)."""
    access = access_token(desk, client, grant=grant, scope=scope, audience=audience, details=details)
    body: dict[str, Any] = {
        "access_token": access.token,
        "token_type": access.token_type,
        "expires_in": access.expires_in,
        "scope": " ".join(scope),
    }
    if details:
        body |= rfc9396_authorization_details.in_answer(details)
    if refresh is not None:
        body["refresh_token"] = refresh
    if "openid" in scope:
        body["id_token"] = id_token(desk, client, grant, access.token, nonce=nonce)
    return 200, body, (*NO_STORE, *desk.sender.headers)
