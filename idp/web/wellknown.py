"""Discovery and the JWK Set: bytes made once, told apart by ETag, answered without the database."""

from flask import Blueprint, Response, request

from idp.protocol import oidc_discovery, rfc7517_jwks, rfc8414_metadata
from idp.web.edge import deps
from idp.web.guards import client_endpoint
from idp.web.health import without_unit
from idp.web.machine import document_of
from idp.wiring import Services

bp = Blueprint("wellknown", __name__)


@bp.get(oidc_discovery.PATH)
@bp.get(rfc8414_metadata.PATH)
@bp.get(rfc7517_jwks.PATH)
@without_unit
@client_endpoint
def document() -> Response:
    """OIDC Discovery section 4, RFC 8414 section 3, RFC 7517 section 5: what did not take the short way (`machine.py`)."""
    found = document_of(deps(), request.path)
    response = Response(found.body, found.status, list(found.headers))
    if request.if_none_match.contains(response.get_etag()[0] or ""):
        response = Response(status=304, headers=[pair for pair in found.headers if pair[0] != "Content-Type"])
    origin = request.headers.get("Origin")
    if origin is not None and _is_registered(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


def _is_registered(origin: str) -> bool:
    with deps().database.unit(read_only=True) as session:
        return Services(deps(), session).registry.is_origin(origin)
