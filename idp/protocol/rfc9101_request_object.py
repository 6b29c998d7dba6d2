"""RFC 9101 - JWT-secured authorization requests (JAR).  https://www.rfc-editor.org/rfc/rfc9101

§5.2  by reference: registered addresses only        fetch_object
§6.2  the signature, by the client's pinned algorithm open_object
§6.3  only what the object holds counts              open_object
§10.2 iss, aud, exp, nbf                             claims_problem
Tighter than the RFC: signed always, `none` never; `aud` names us and `exp` is there, at most an hour away; a client that
registered no algorithm gets request_not_supported; objects come from registered addresses through the guarded client.
"""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from idp.clients.fetch import FetchFailed
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import epoch
from idp.protocol import fapi2_profile
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import ProtocolError
from idp.protocol.request import Parameters
from idp.protocol.rfc7523_private_key_jwt import ALGS, read_jwt, signed_by, times_problem
from idp.protocol.rfc9068_access_token import audience_of

SPEC = "RFC 9101"
TYP = "oauth-authz-req+jwt"
_CLAIMS_OF_THE_JWT = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})
_NESTED = frozenset({"request", "request_uri"})


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 10.5; which client must is a matter of its registration."""
    del conf
    return {
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "require_signed_request_object": False,
        "request_object_signing_alg_values_supported": list(ALGS),
    }


def algorithms(client: ClientSnapshot) -> tuple[str, ...]:
    """The algorithms of this client's request objects: the one it registered, or those of its profile; empty for none."""
    if client.request_object_alg is not None:
        return (client.request_object_alg,)
    return fapi2_profile.ALGS if client.profile is not None else ()


def open_object(desk: Desk, client: ClientSnapshot, text: str) -> Parameters:
    """The parameters of a request object; those beside it do not count (section 6.3). Raises ProtocolError."""
    allowed = algorithms(client)
    if not allowed:
        raise ProtocolError("request_not_supported", "this client is not registered for request objects")
    parts = read_jwt(text)
    if parts is None:
        raise _invalid("it is not a signed JWT")
    header, claims = parts
    if header.get("alg") not in allowed:
        raise _invalid(f"its alg must be {' or '.join(allowed)} for this client")
    if header.get("typ") not in (None, "JWT", TYP):
        raise _invalid(f"its typ must be {TYP}")
    kid = header.get("kid") if isinstance(header.get("kid"), str) else None
    if client.jwks_uri is not None:
        desk.ledger.settle()  # its server may take seconds: no transaction waits for it
    if not signed_by(text, header, desk.client_keys.of(client, kid), kid):
        raise _invalid("its signature is not one of the client's registered keys")
    if problem := claims_problem(desk.conf, client, claims, desk.clock.now()):
        raise _invalid(problem)
    return _parameters(client, claims)


def fetch_object(desk: Desk, client: ClientSnapshot, uri: str) -> Parameters:
    """The parameters of the request object at a registered address (section 5.2.3). Raises ProtocolError."""
    if not client.request_uris or not algorithms(client):
        raise ProtocolError("request_uri_not_supported", "this client is not registered for request objects by reference")
    # The part after # is the object's hash (OIDC Core section 6.2): registered without, given with.
    if uri.partition("#")[0] not in client.request_uris:
        raise ProtocolError("invalid_request_uri", "request_uri is not registered for this client, character by character")
    desk.ledger.settle()
    found = desk.http.get_text(uri.partition("#")[0])
    if isinstance(found, FetchFailed):
        raise ProtocolError("invalid_request_uri", "the request object could not be fetched")
    return open_object(desk, client, found.strip())


def claims_problem(conf: Conf, client: ClientSnapshot, claims: dict[str, Any], now: datetime) -> str | None:
    """Why a genuine object does not count now, or None (section 10.2; FAPI 2.0 Message Signing section 5.3.1)."""
    if claims.get("iss") != client.client_id or claims.get("client_id", client.client_id) != client.client_id:
        return "its iss and client_id must be the client's id"
    if conf.issuer not in audience_of(claims):
        return "its aud must be the issuer of this provider"
    if problem := times_problem(claims, now):
        return f"its time does not fit ({problem})"
    if client.profile is not None:
        return fapi2_profile.request_object_problem(claims, epoch(now))
    return None


def _parameters(client: ClientSnapshot, claims: dict[str, Any]) -> Parameters:
    if _NESTED & claims.keys():
        raise _invalid("it must not hold another request object (section 4)")
    pairs: list[tuple[str, str]] = [("client_id", client.client_id)]
    for name, value in claims.items():
        if name in _CLAIMS_OF_THE_JWT or name == "client_id":
            continue
        many = value if name == "resource" and isinstance(value, list) else [value]
        pairs += [(name, _text(one)) for one in many if one is not None]
    try:
        return Parameters(urlencode(pairs))
    except UnicodeEncodeError as error:
        raise _invalid("it holds text that has no bytes") from error


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _invalid(why: str) -> ProtocolError:
    return ProtocolError("invalid_request_object", f"the request object cannot be used: {why}")
