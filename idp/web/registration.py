"""Clients register and manage themselves (RFC 7591, RFC 7592): JSON in, JSON out; for servers, so no CORS."""

from flask import Blueprint, Response, request

from idp.protocol import rfc7591_registration, rfc7592_management
from idp.protocol.rfc7591_registration import Call
from idp.web.edge import services, stranger
from idp.web.guards import client_endpoint
from idp.web.protocol import send_reply

bp = Blueprint("registration", __name__)


@bp.post(rfc7591_registration.PATH)
@client_endpoint
def register() -> Response:
    """RFC 7591 section 3."""
    return send_reply(rfc7591_registration.register_client(_call()), cors=False)


@bp.get(f"{rfc7591_registration.PATH}/<client_id>")
@client_endpoint
def read(client_id: str) -> Response:
    """RFC 7592 section 2.1."""
    return send_reply(rfc7592_management.read(_call(), client_id), cors=False)


@bp.put(f"{rfc7591_registration.PATH}/<client_id>")
@client_endpoint
def update(client_id: str) -> Response:
    """RFC 7592 section 2.2."""
    return send_reply(rfc7592_management.update(_call(), client_id), cors=False)


@bp.delete(f"{rfc7591_registration.PATH}/<client_id>")
@client_endpoint
def remove(client_id: str) -> Response:
    """RFC 7592 section 2.3."""
    return send_reply(rfc7592_management.remove(_call(), client_id), cors=False)


def _call() -> Call:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    bearer = token.strip() if kind.lower() == "bearer" else None
    return Call(services().desk, stranger(), bearer, request.get_data(cache=False), request.content_type or "")
