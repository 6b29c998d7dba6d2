"""RFC 6749 - refresh.  https://www.rfc-editor.org/rfc/rfc6749

§6    scope may shrink, never grow   narrowed
§10.4 reuse detection                RefreshGrant.create_token_response
Tighter than the RFC: public clients get a successor with each use and reuse ends the family, with a grace of one
identical retry within 10 s (RFC 9700 section 4.14.2); confidential clients keep theirs; there is an absolute end.
"""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin

from idp.clients.snapshot import ClientSnapshot
from idp.kernel.scopes import parse
from idp.protocol import rfc8707_resource, rfc9396_authorization_details
from idp.protocol.conf import Conf
from idp.protocol.errors import ProtocolError, scopes_of
from idp.protocol.gate import closed, still_registered
from idp.protocol.rfc6749_client_auth import METHODS
from idp.protocol.rfc6749_code_grant import authenticated, token_answer
from idp.protocol.sender import wrong_key
from idp.protocol.server import OAuthServer, confirm
from idp.tokens.view import GrantView, Refused

SPEC = "RFC 6749"
INVALID = "the refresh token is unknown, used, expired or revoked, or belongs to another client"


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    del conf
    return {"grant_types_supported": ["refresh_token"]}


def register(server: OAuthServer) -> None:
    """Mount the grant."""
    server.register_grant(RefreshGrant)


class RefreshGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Uses a refresh token."""

    GRANT_TYPE = "refresh_token"
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        """Who asks, and whether it may."""
        authenticated(self, self.GRANT_TYPE)
        if not self.request.payload.get("refresh_token"):
            raise ProtocolError("invalid_request", "refresh_token is missing")

    def create_token_response(self) -> tuple[int, dict[str, Any], Sequence[tuple[str, str]]]:
        """Check what costs nothing first, so that a mistaken request does not use a public client's token up."""
        request, desk = self.request, self.request.desk
        client: ClientSnapshot = request.client.snapshot
        token = request.payload.get("refresh_token")
        used = desk.ledger.refresh(
            request.actor,
            token,
            client_id=client.client_id,
            rotates=client.public,
            admit=lambda grant: self._admit(grant, client),
        )
        if isinstance(used, Refused):
            raise ProtocolError("invalid_grant", INVALID)
        scope, audience, details = self._asked(used.grant, client)
        desk.ledger.settle()
        return token_answer(desk, client, used.grant, scope, audience, refresh=used.refresh_token, nonce=None, details=details)

    def _admit(self, grant: GrantView, client: ClientSnapshot) -> str | None:
        """Before the token is used: the client as it is now, the gate, and what is asked for."""
        request = self.request
        confirm(request, grant.client_version)
        reason = "wrong_key" if wrong_key(client, grant.bound_to, request.desk.sender) else closed(request.desk, client, grant)
        if reason is None:
            self._asked(grant, client)
        return reason

    def _asked(
        self, grant: GrantView, client: ClientSnapshot
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[dict[str, Any], ...]]:
        """Scope, audience and details of the new access token, within what was granted and still is registered."""
        payload = self.request.payload
        scope = narrowed(still_registered(client, parse(grant.scope)), payload.scope)
        audience = rfc8707_resource.at_token(self.request.desk.conf, client, tuple(grant.resource.split()), payload.all("resource"))
        return scope, audience, rfc9396_authorization_details.of_grant(self.request, grant, audience)


def narrowed(granted: tuple[str, ...], asked: str | None) -> tuple[str, ...]:
    """The scope of this access token: all that was granted, or the part that is asked for (section 6)."""
    if asked is None:
        return granted
    wanted = scopes_of(asked)
    if not wanted or not set(wanted) <= set(granted):
        raise ProtocolError("invalid_scope", "the scope was not granted")
    return wanted
