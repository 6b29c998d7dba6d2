"""Asking for the proof: at the token endpoint for whom a token is made, at our own resources whether its sender is that one."""

from typing import Any

from idp.clients.snapshot import ClientSnapshot
from idp.protocol import rfc8705_mtls, rfc9449_dpop
from idp.protocol.errors import ProtocolError
from idp.protocol.request import OAuthRequest
from idp.protocol.rfc6750_bearer import challenge, scheme_of
from idp.protocol.sender import NOBODY, Sender


def at_token(request: OAuthRequest, client: ClientSnapshot) -> Sender:
    """For whom tokens of this request are made; raises ProtocolError where the client must prove a key and does not."""
    if not client.dpop and not client.certificate_bound and request.headers.get(rfc9449_dpop.HEADER) is None:
        return NOBODY
    jkt = rfc9449_dpop.at_token(request, client)
    headers = rfc9449_dpop.fresh_nonce(request) if jkt is not None else ()
    return Sender(jkt, rfc8705_mtls.at_token(request, client), headers)


def at_resource(request: OAuthRequest, token: str, claims: dict[str, Any], client: ClientSnapshot) -> None:
    """Refuse a token that somebody else sends than the one it is bound to, or as another type than it is (RFC 9449 section 7.1)."""
    confirmation, scheme = claims.get("cnf"), scheme_of(request)
    if confirmation is None and scheme == "Bearer" and not client.dpop and not client.certificate_bound:
        return
    bound = confirmation if isinstance(confirmation, dict) else {}
    try:
        _check(request, token, bound, client, scheme)
    except ProtocolError as error:
        as_dpop = "DPoP" if client.dpop or "jkt" in bound or scheme == "DPoP" else "Bearer"
        told = challenge(error.error, str(error.description), 401, scheme=as_dpop)
        told.more_headers += error.more_headers
        raise told from error


def _check(request: OAuthRequest, token: str, bound: dict[str, Any], client: ClientSnapshot, scheme: str) -> None:
    jkt, x5t = bound.get("jkt"), bound.get("x5t#S256")
    if (jkt is None) == (scheme == "DPoP"):
        raise ProtocolError("invalid_token", "the access token was not issued for this authentication scheme")
    if (client.dpop and jkt is None) or (client.certificate_bound and x5t is None):
        raise ProtocolError("invalid_token", "this client's access tokens must be bound to a key, and this one is not")
    if x5t is not None:
        rfc8705_mtls.at_resource(request, x5t)
    if jkt is not None:
        rfc9449_dpop.at_resource(request, token, jkt)
