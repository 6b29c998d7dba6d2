"""FAPI 2.0 - Security Profile and Message Signing.  https://openid.net/specs/fapi-security-profile-2_0-final.html

§5.3.2.1  client assertions: aud is the issuer, a string  assertion_problem
§5.3.2.2  pushed requests, PKCE S256, code, iss           at_authorize
§5.4.1    PS256, ES256 or EdDSA                           assertion_problem
§5.3.1    (Message Signing) signed request objects        request_object_problem, at_authorize
§5.4.1    (Message Signing) signed answers (JARM)         at_authorize
One setting of a client; registration (`idp.clients.request_metadata`) turns on what else it takes: PKCE and pushed requests
always, private_key_jwt or mutual TLS, tokens bound to a key (DPoP, or certificates), ES256 for what we sign. A refusal names
its clause.
"""

from typing import Any

from idp.clients.request_metadata import MESSAGE_SIGNING
from idp.clients.snapshot import ClientSnapshot
from idp.protocol.conf import Conf
from idp.protocol.errors import ProtocolError

SPEC = "FAPI 2.0"
ALGS = ("PS256", "ES256", "EdDSA")
_HOUR = 3600


def metadata(conf: Conf) -> dict[str, Any]:
    """The specification defines no member."""
    del conf
    return {}


def assertion_problem(client: ClientSnapshot, header: dict[str, Any], claims: dict[str, Any], issuer: str) -> str | None:
    """Why a genuine client assertion is not accepted of a client with a profile, naming the clause; or None."""
    if client.profile is None:
        return None
    if header.get("alg") not in ALGS:
        return "FAPI 2.0 section 5.4.1: client assertions are signed with PS256, ES256 or EdDSA"
    if claims.get("aud") != issuer:
        return "FAPI 2.0 section 5.3.2.1: the aud of a client assertion is the issuer, as a string"
    return None


def request_object_problem(claims: dict[str, Any], now: int) -> str | None:
    """Why a genuine request object is not accepted under Message Signing, or None (section 5.3.1)."""
    if "nbf" not in claims:
        return "FAPI 2.0 Message Signing section 5.3.1: nbf is required"
    if claims["nbf"] < now - _HOUR:
        return "FAPI 2.0 Message Signing section 5.3.1: nbf is not longer than 60 minutes in the past"
    if claims["exp"] > claims["nbf"] + _HOUR:
        return "FAPI 2.0 Message Signing section 5.3.1: exp is not longer than 60 minutes after nbf"
    return None


def at_authorize(client: ClientSnapshot, *, pushed: bool, signed: bool, response_mode: str | None) -> None:
    """Raises ProtocolError `invalid_request` where a request does not keep what its client is registered to keep."""
    name = "FAPI 2.0 section 5.3.2.2: " if client.profile else ""
    if client.require_par and not pushed:
        raise ProtocolError("invalid_request", name + "this client must push its authorization requests (RFC 9126)")
    name = "FAPI 2.0 Message Signing section 5.3.1: " if client.profile == MESSAGE_SIGNING else ""
    if client.require_request_object and not signed:
        raise ProtocolError("invalid_request", name + "this client must sign its authorization requests (RFC 9101)")
    if client.profile == MESSAGE_SIGNING and response_mode not in ("jwt", "query.jwt", "form_post.jwt"):
        raise ProtocolError("invalid_request", "FAPI 2.0 Message Signing section 5.4.1: ask for response_mode=jwt (JARM)")
