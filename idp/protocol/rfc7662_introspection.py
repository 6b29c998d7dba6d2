"""RFC 7662 - Token introspection.  https://www.rfc-editor.org/rfc/rfc7662

§2.1  authenticated POST              IntrospectionEndpoint.create_endpoint_response
§2.2  the answer                      IntrospectionEndpoint.introspect_token
§4    who may ask                     IntrospectionEndpoint.check_permission
Tighter than the RFC: an inactive token, an unknown one and one of another audience look alike; live state of grant,
person, session and client is read at each question.
"""

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc7662 import IntrospectionEndpoint as Base

from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import epoch
from idp.protocol import rfc9396_authorization_details, rfc9701_jwt_introspection
from idp.protocol.adapters import ClientView
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import NO_STORE, ProtocolError
from idp.protocol.gate import closed, still_registered
from idp.protocol.request import OAuthRequest
from idp.protocol.rfc8693_token_exchange import actor_of
from idp.protocol.rfc8705_mtls import METHODS as TLS_METHODS
from idp.protocol.rfc9068_access_token import audience_of, read
from idp.protocol.sender import token_type
from idp.protocol.server import OAuthServer, confirm
from idp.tokens.view import GrantView

SPEC = "RFC 7662"
_SHOWN = ("scope", "client_id", "exp", "iat", "sub", "aud", "iss", "jti", "auth_time", "acr", "amr", "act", "cnf")


@dataclass(frozen=True, slots=True)
class Known:
    """A token that we made: its claims, and its grant when it is about a person."""

    claims: dict[str, Any]
    grant: GrantView | None
    owner: ClientSnapshot


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    return {"introspection_endpoint": conf.url("/introspect")}


def register(server: OAuthServer) -> None:
    """Mount the endpoint."""
    server.register_endpoint(IntrospectionEndpoint)


class IntrospectionEndpoint(Base):  # type: ignore[misc]
    """Tells the token's own client, and resource servers in its audience, whether it is alive."""

    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", *TLS_METHODS)

    def create_endpoint_response(self, request: OAuthRequest) -> tuple[int, dict[str, Any] | bytes, Any]:
        """Authenticate, find, permit, answer."""
        client: ClientView = self.authenticate_endpoint_client(request)
        token = request.payload.get("token")
        if not token:
            raise ProtocolError("invalid_request", "token is missing")
        found = find(request.desk, token)
        if found is not None and found.grant is not None and found.grant.client_id == found.owner.client_id == client.client_id:
            confirm(request, found.grant.client_version)
        else:
            live = request.desk.registry.find_live(client.client_id)
            confirm(request, live.version if live else None)
        active = found is not None and self.check_permission(found, client, request)
        answer = self.introspect_token(found) if found is not None and active else {"active": False}
        if found is not None and active and found.claims.get("authorization_details"):
            told = rfc9396_authorization_details.told_to(request.desk, client.snapshot, found.owner, found.claims)
            answer |= rfc9396_authorization_details.in_answer(told)
        if rfc9701_jwt_introspection.wanted(request):
            signed = rfc9701_jwt_introspection.secured(request.desk, client.snapshot, answer)
            return 200, signed, [("Content-Type", rfc9701_jwt_introspection.MEDIA_TYPE), *NO_STORE]
        return 200, answer, NO_STORE

    def check_permission(self, token: Known, client: ClientView, request: OAuthRequest) -> bool:
        """The token's client, or one that the audience names: by its id, or by a resource that it is registered to be."""
        asker = client.snapshot
        meant_for = audience_of(token.claims) - {request.desk.conf.issuer}  # nobody but us is the provider
        return token.owner.client_id == asker.client_id or bool(meant_for & {asker.client_id, *asker.audience})

    def introspect_token(self, token: Known) -> dict[str, Any]:
        """The answer for a live token (section 2.2); `acr` and `auth_time` as RFC 9470 section 6.2 wants them."""
        shown = {name: token.claims[name] for name in _SHOWN if name in token.claims}
        shown["scope"] = " ".join(still_registered(token.owner, str(shown.get("scope", "")).split()))
        return {"active": True, "token_type": token.claims.get("token_type") or token_type(token.claims)} | shown


def find(desk: Desk, token: str) -> Known | None:
    """A live token, whichever kind it is; None when it is not ours, not alive, or its gate is closed."""
    claims = read(desk, token) if token.count(".") == 2 and token.startswith("eyJ") else None
    if claims is None:
        return _refresh_token(desk, token)
    grant = None if claims["jti"].startswith("c.") else desk.ledger.live(claims["jti"])
    if grant is None:
        owner = desk.registry.find_live(str(claims.get("client_id", ""))) if claims["jti"].startswith("c.") else None
        return None if owner is None or desk.ledger.is_revoked(claims["jti"]) else Known(claims, None, owner)
    owner = _owner(desk, grant)
    if owner is None or grant.code_used_at is None:
        return None
    if "act" in claims:  # exchanged: it stops with its grant and also with the client that acts
        acting = actor_of(desk, claims)
        return Known(claims, grant, acting) if acting else None
    return Known(claims, grant, owner) if grant.client_id == claims.get("client_id") else None


def _owner(desk: Desk, grant: GrantView) -> ClientSnapshot | None:
    known = desk.registry.find(grant.client_id)
    client = desk.registry.confirm(known, grant.client_version) if known else None
    return None if client is None or closed(desk, client, grant) else client


def _refresh_token(desk: Desk, token: str) -> Known | None:
    found = desk.ledger.find_by_refresh_token(token)
    if found is None or not found[1] or desk.ledger.is_idle(found[0]):
        return None
    grant = found[0]
    owner = _owner(desk, grant)
    if owner is None:
        return None
    claims = {
        "client_id": grant.client_id,
        "scope": grant.scope,
        "sub": grant.subject,
        "iss": desk.conf.issuer,
        "iat": epoch(grant.created_at),
        "exp": epoch(grant.expires_at),
        "token_type": "refresh_token",
        "authorization_details": grant.authorization_details,
    }
    return Known(claims, grant, owner)
