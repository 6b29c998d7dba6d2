"""RFC 6749 - client credentials grant.  https://www.rfc-editor.org/rfc/rfc6749

§4.4.2  confidential clients only     ClientCredentialsGrant.validate_token_request
§4.4.3  no refresh token              ClientCredentialsGrant.create_token_response
"""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import grants

from idp.clients.snapshot import ClientSnapshot
from idp.protocol import rfc8707_resource, rfc9396_authorization_details
from idp.protocol.conf import Conf
from idp.protocol.errors import NO_STORE, ProtocolError, scopes_of
from idp.protocol.rfc6749_client_auth import METHODS
from idp.protocol.rfc6749_code_grant import authenticated
from idp.protocol.rfc9068_access_token import access_token
from idp.protocol.server import OAuthServer, StaleClient, confirm

SPEC = "RFC 6749"
_OF_PERSONS = frozenset({"openid", "profile", "email", "phone", "address", "offline_access", "asn", "nik", "roles"})


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    del conf
    return {"grant_types_supported": ["client_credentials"]}


def register(server: OAuthServer) -> None:
    """Mount the grant."""
    server.register_grant(ClientCredentialsGrant)


class ClientCredentialsGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]
    """A token of the client's own."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        """Who asks; a public client never may, whatever its registration says (section 4.4.2)."""
        client = authenticated(self, self.GRANT_TYPE)
        if client.public:
            raise ProtocolError("unauthorized_client", "a public client cannot use client credentials")

    def create_token_response(self) -> tuple[int, dict[str, Any], Sequence[tuple[str, str]]]:
        """One statement that records it while the client still is as it was, one signature."""
        request, desk = self.request, self.request.desk
        client: ClientSnapshot = request.client.snapshot
        scope = _scope(client, request.payload.scope)
        named = rfc8707_resource.at_authorize(desk.conf, client, request.payload.all("resource"))
        rich = rfc9396_authorization_details.at_client_credentials(desk, client, request.payload.get("authorization_details"), named)
        audience = rfc8707_resource.at_client_credentials(desk.conf, client, rich.resource)
        if not desk.ledger.note_client_token(request.actor, client.client_id, client.version, scope):
            live = desk.registry.find_live(client.client_id)
            confirm(request, live.version if live else None)
            raise StaleClient(f"{client.client_id}: not recorded at version {client.version}")
        issued = access_token(desk, client, grant=None, scope=scope, audience=audience, details=rich.details)
        body = {"access_token": issued.token, "token_type": issued.token_type, "expires_in": issued.expires_in, "scope": " ".join(scope)}
        return 200, body | rfc9396_authorization_details.in_answer(rich.details), (*NO_STORE, *desk.sender.headers)


def _scope(client: ClientSnapshot, asked: str | None) -> tuple[str, ...]:
    """What is asked for within the registration; without a wish, all of it that is not about a person (section 3.3)."""
    own = tuple(scope for scope in client.scopes if scope not in _OF_PERSONS)
    if asked is None:
        return own
    wanted = scopes_of(asked)
    if not set(wanted) <= set(client.scopes):
        raise ProtocolError("invalid_scope", "the client is not registered for this scope")
    # A scope about a person means nothing in a token without one: it is left out, and the answer says so.
    return tuple(scope for scope in wanted if scope not in _OF_PERSONS)
