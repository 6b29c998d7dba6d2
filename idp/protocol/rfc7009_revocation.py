"""RFC 7009 - Token revocation.  https://www.rfc-editor.org/rfc/rfc7009

§2.1  only the token's own client    RevocationEndpoint.create_endpoint_response
§2.2  200 also for what is unknown   RevocationEndpoint.create_endpoint_response
§2.1  either token ends the grant    RevocationEndpoint.revoke_token
Tighter than the RFC: a token of another client is left alone and nothing tells the asker that it exists.
"""

from typing import Any

from authlib.oauth2.rfc7009 import RevocationEndpoint as Base

from idp.kernel.clock import from_epoch
from idp.protocol.adapters import ClientView
from idp.protocol.conf import Conf
from idp.protocol.errors import NO_STORE, ProtocolError
from idp.protocol.request import OAuthRequest
from idp.protocol.rfc6749_client_auth import METHODS
from idp.protocol.rfc9068_access_token import read
from idp.protocol.server import OAuthServer, confirm
from idp.tokens.view import GrantView

SPEC = "RFC 7009"


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    return {"revocation_endpoint": conf.url("/revoke")}


def register(server: OAuthServer) -> None:
    """Mount the endpoint."""
    server.register_endpoint(RevocationEndpoint)


class RevocationEndpoint(Base):  # type: ignore[misc]
    """Takes back what a grant gave, at the wish of its client. `token_type_hint` is a hint only and never needed."""

    CLIENT_AUTH_METHODS = METHODS

    def create_endpoint_response(self, request: OAuthRequest) -> tuple[int, bytes, Any]:
        """Authenticate, find, take back; the answer is empty and without a media type, as browser clients want it."""
        client: ClientView = self.authenticate_endpoint_client(request)
        live = request.desk.registry.find_live(client.client_id)
        confirm(request, live.version if live else None)
        token = request.payload.get("token")
        if not token:
            raise ProtocolError("invalid_request", "token is missing")
        self.revoke_token(token, request)
        return 200, b"", NO_STORE

    def revoke_token(self, token: str, request: OAuthRequest) -> None:
        """An access token or a refresh token of this client ends its grant with all it gave."""
        desk, mine = request.desk, request.client.client_id if request.client else ""
        claims = read(desk, token) if token.count(".") == 2 and token.startswith("eyJ") else None
        if claims is not None and (claims["jti"].startswith("c.") or "act" in claims):
            # A token of the client's own, or one it exchanged: that one alone, the grant behind it belongs to others too.
            if claims.get("client_id") == mine:
                desk.ledger.revoke_client_token(request.actor, mine, claims["jti"], from_epoch(claims["exp"]))
            return
        grant = desk.ledger.live(claims["jti"]) if claims is not None else _by_refresh_token(request, token)
        if grant is not None and grant.client_id == mine:
            desk.ledger.revoke(request.actor, grant, "client")


def _by_refresh_token(request: OAuthRequest, token: str) -> GrantView | None:
    found = request.desk.ledger.find_by_refresh_token(token)
    return found[0] if found else None
