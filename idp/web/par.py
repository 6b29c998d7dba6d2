"""/par: pushed authorization requests (RFC 9126)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from idp.protocol.rfc9126_par import NAME
from idp.web.edge import deps
from idp.web.guards import client_endpoint
from idp.web.protocol import oauth_request, send_reply

bp = Blueprint("par", __name__)


@bp.post("/par")
@client_endpoint
def push() -> ResponseReturnValue:
    """RFC 9126 section 2; for servers and installed applications, so no CORS."""
    return send_reply(deps().oauth.endpoint(NAME, oauth_request("/par")), cors=False)
