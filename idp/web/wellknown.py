"""Discovery and the JWK Set: bytes made once, told apart by ETag, answered without the database."""

from flask import Blueprint, Response, request

from idp.protocol import oidc_discovery, rfc7517_jwks, rfc8414_metadata
from idp.web.edge import deps
from idp.web.guards import client_endpoint
from idp.web.health import without_unit
from idp.wiring import Services

bp = Blueprint("wellknown", __name__)


@bp.get(oidc_discovery.PATH)
@without_unit
@client_endpoint
def openid_configuration() -> Response:
    """OIDC Discovery section 4."""
    return _document(*deps().oauth.discovery, rfc8414_metadata.MAX_AGE_SECONDS)


@bp.get(rfc8414_metadata.PATH)
@without_unit
@client_endpoint
def oauth_authorization_server() -> Response:
    """RFC 8414 section 3."""
    return _document(*deps().oauth.discovery, rfc8414_metadata.MAX_AGE_SECONDS)


@bp.get("/jwks")
@without_unit
@client_endpoint
def jwks() -> Response:
    """RFC 7517 section 5; short-lived in caches, so that a new key is known before it signs."""
    return _document(*rfc7517_jwks.document(deps().ring), rfc7517_jwks.MAX_AGE_SECONDS)


def _document(body: bytes, tag: str, seconds: int) -> Response:
    headers = {"Cache-Control": f"public, max-age={seconds}", "ETag": f'"{tag}"', "Vary": "Origin"}
    origin = request.headers.get("Origin")
    if origin is not None and _is_registered(origin):
        headers["Access-Control-Allow-Origin"] = origin
    if tag in request.if_none_match:
        return Response(status=304, headers=headers)
    return Response(body, headers=headers, mimetype="application/json")


def _is_registered(origin: str) -> bool:
    with deps().database.unit(read_only=True) as session:
        return Services(deps(), session).registry.is_origin(origin)
