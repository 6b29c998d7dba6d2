"""RFC 9126 - Pushed authorization requests.  https://www.rfc-editor.org/rfc/rfc9126

§2.1  the request, authenticated as at /token    PushedEndpoint.create_endpoint_response
§2.2  the answer: request_uri, expires_in        PushedEndpoint.create_endpoint_response
§4    request_uri at /authorize                  pushed
§7.3  answered once                              spend
Tighter than the RFC: a request_uri lives 90 s, belongs to its client, and is dead once an answer was given for it; what is
wrong with one is shown on our own page and never redirected. The whole request is checked when it is pushed and again
when it is used, with the registration as it is then.
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2.rfc6749 import TokenEndpoint

from idp.clients.snapshot import ClientSnapshot
from idp.interaction.pushed import LIFE_SECONDS, PREFIX, Pushed
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import NO_STORE, ProtocolError
from idp.protocol.oidc_form_post import mode_of
from idp.protocol.request import OAuthRequest, Parameters
from idp.protocol.requested import checked
from idp.protocol.rfc6749_client_auth import METHODS
from idp.protocol.rfc9101_request_object import open_object
from idp.protocol.rfc9449_dpop import key_of_code
from idp.protocol.server import OAuthServer, confirm

SPEC = "RFC 9126"
NAME = "pushed_authorization_request"
_PROOFS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
_LONGEST = 16_384


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 5. Requiring it is a matter of each client (section 6)."""
    return {"pushed_authorization_request_endpoint": conf.url("/par"), "require_pushed_authorization_requests": False}


def register(server: OAuthServer) -> None:
    """Mount the endpoint."""
    server.register_endpoint(PushedEndpoint)


class PushedEndpoint(TokenEndpoint):  # type: ignore[misc]
    """Takes a whole authorization request from its client and gives a name for it."""

    ENDPOINT_NAME = NAME
    CLIENT_AUTH_METHODS = METHODS

    def create_endpoint_response(self, request: OAuthRequest) -> tuple[int, dict[str, Any], Any]:
        """Authenticate, open the request object, check the request as /authorize would, keep it."""
        client: ClientSnapshot = self.authenticate_endpoint_client(request).snapshot
        desk = request.desk
        live = desk.registry.find_live(client.client_id)
        confirm(request, live.version if live else None)
        if "request_uri" in request.payload.data:
            raise ProtocolError("invalid_request", "request_uri cannot be pushed (RFC 9126 section 2.1)")
        asked, signed = request.payload, False
        if "request" in asked.data:
            asked, signed = open_object(desk, client, asked.data["request"]), True
        key = key_of_code(request, asked)
        sent = [(name, value) for name, values in asked.datalist.items() if name not in _PROOFS for value in values]
        kept = urlencode([*sent, ("dpop_jkt", key)] if key is not None and "dpop_jkt" not in asked.data else sent)
        if len(kept) > _LONGEST:
            raise ProtocolError("invalid_request", "the request is too long", status=413)
        _check(request, client, Parameters(_with_client(kept, client.client_id)), signed=signed)
        uri = desk.pushed.keep(client.client_id, kept, signed=signed)
        return 201, {"request_uri": uri, "expires_in": LIFE_SECONDS}, NO_STORE


def pushed(request: OAuthRequest, client: ClientSnapshot, uri: str) -> Pushed | None:
    """The live request behind a request_uri of ours, which this client pushed; None for every other (section 4)."""
    found = request.desk.pushed.find(uri)
    return found if found is not None and found.client_id == client.client_id else None


def parameters(kept: Pushed) -> Parameters:
    """A pushed request as the authorization endpoint reads it; the client is who pushed it."""
    return Parameters(_with_client(kept.params, kept.client_id))


def spend(desk: Desk, digest_hex: str) -> bool:
    """Mark a pushed request answered, once; False when it was answered before (section 7.3)."""
    return desk.pushed.spend(bytes.fromhex(digest_hex))


def is_ours(uri: str | None) -> bool:
    """True for a request_uri of the kind that /par gives out."""
    return uri is not None and uri.startswith(PREFIX)


def _check(request: OAuthRequest, client: ClientSnapshot, asked: Parameters, *, signed: bool) -> None:
    """Everything /authorize would refuse is refused now, to the client itself (section 2.1)."""
    redirect_uri = asked.get("redirect_uri")
    if redirect_uri is None or not client.redirects_to(redirect_uri):
        raise ProtocolError("invalid_request", "redirect_uri is missing, or not registered for this client, character by character")
    mode = mode_of(asked.get("response_mode"))
    checked(request.desk, client, asked, redirect_uri, mode, pushed=None, is_pushed=True, signed=signed)


def _with_client(text: str, client_id: str) -> str:
    pairs = [(name, value) for name, value in parse_qsl(text, keep_blank_values=True) if name != "client_id"]
    return urlencode([("client_id", client_id), *pairs])
