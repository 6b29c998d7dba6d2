"""RFC 8628 - Device authorization grant.  https://www.rfc-editor.org/rfc/rfc8628

§3.1  the device asks                          DeviceAuthorizationEndpoint.create_endpoint_response
§3.2  codes, addresses, expiry, interval       DeviceAuthorizationEndpoint.create_endpoint_response
§3.3  what the person is asked to agree to     pending
§3.4  the poll                                 DeviceGrant.create_token_response
§3.5  pending, slow_down, denied, expired      DeviceGrant.create_token_response
§4    the endpoint's address                   metadata
Tighter than the RFC: slow_down is decided in the database; whoever types a user code first alone may answer it; a code
that another client presents is dead; a second use of a spent code takes back what it gave.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpoint, TokenEndpointMixin

from idp.clients.metadata import DEVICE_GRANT
from idp.clients.snapshot import ClientSnapshot
from idp.interaction.request import AuthorizationRequestData
from idp.kernel.logs import logger
from idp.kernel.scopes import parse
from idp.protocol import oidc_core_request, rfc8707_resource, rfc9396_authorization_details
from idp.protocol.conf import Conf
from idp.protocol.errors import NO_STORE, ProtocolError
from idp.protocol.gate import closed, still_registered
from idp.protocol.request import OAuthRequest
from idp.protocol.requested import scope_asked
from idp.protocol.rfc6749_client_auth import METHODS
from idp.protocol.rfc6749_code_grant import authenticated, token_answer
from idp.protocol.server import OAuthServer, confirm
from idp.tokens.devices import LIFE, PACE_SECONDS, grouped
from idp.tokens.view import DeviceView, Refused

SPEC = "RFC 8628"
PATH = "/device_authorization"
PAGE = "/device"
_ERRORS = {
    "authorization_pending": ("authorization_pending", "the person has not answered yet"),
    "slow_down": ("slow_down", "poll 5 seconds less often from now on"),
    "denied": ("access_denied", "the person declined"),
    "approved": ("access_denied", "the person may not use this client any more"),
    "expired": ("expired_token", "the device code has expired; ask for a new one"),
}
_INVALID = ("invalid_grant", "the device code is unknown, was used, or belongs to another client")

log = logger("idp.protocol.device")


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 4."""
    return {"device_authorization_endpoint": conf.url(PATH), "grant_types_supported": [DEVICE_GRANT]}


def register(server: OAuthServer) -> None:
    """Mount the endpoint and the grant."""
    server.register_endpoint(DeviceAuthorizationEndpoint)
    server.register_grant(DeviceGrant)


class DeviceAuthorizationEndpoint(TokenEndpoint):  # type: ignore[misc]
    """Gives a device its codes."""

    ENDPOINT_NAME = "device_authorization"
    CLIENT_AUTH_METHODS = METHODS

    def create_endpoint_response(self, request: OAuthRequest) -> tuple[int, dict[str, Any], Sequence[tuple[str, str]]]:
        """Check what is asked for as the authorization endpoint does, then let the device wait (sections 3.1 and 3.2)."""
        desk = request.desk
        view = self.authenticate_endpoint_client(request)
        live = desk.registry.find_live(view.client_id)
        confirm(request, live.version if live else None)
        client: ClientSnapshot = view.snapshot
        if DEVICE_GRANT not in client.grants:
            raise ProtocolError("unauthorized_client", "this client is not registered for the device grant")
        named = rfc8707_resource.at_authorize(desk.conf, client, request.payload.all("resource"))
        rich = rfc9396_authorization_details.at_authorize(desk, client, request.payload.get("authorization_details"), named)
        begun = desk.ledger.begin_device(
            request.actor,
            client.client_id,
            scope=scope_asked(client, request.payload.scope, may_be_none=bool(rich.details)),
            resource=rich.resource,
            authorization_details=rich.details,
            acr_values=oidc_core_request.words(request.payload.get("acr_values")),
        )
        log.info("device waits", client=client.client_id, ip=request.actor.ip, request=request.actor.request_id)
        shown, page = grouped(begun.user_code), desk.conf.url(PAGE)
        body = {
            "device_code": begun.device_code,
            "user_code": shown,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?{urlencode({'user_code': shown})}",
            "expires_in": int(LIFE.total_seconds()),
            "interval": PACE_SECONDS,
        }
        return 200, body, NO_STORE


class DeviceGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Answers a poll."""

    GRANT_TYPE = DEVICE_GRANT
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        """Who asks, and whether it may (section 3.4)."""
        authenticated(self, self.GRANT_TYPE)
        if not self.request.payload.get("device_code"):
            raise ProtocolError("invalid_request", "device_code is missing")

    def create_token_response(self) -> tuple[int, dict[str, Any], Sequence[tuple[str, str]]]:
        """Spend an approved code, then as for an authorization code: live state, durable, signed (section 3.5)."""
        request, desk = self.request, self.request.desk
        client: ClientSnapshot = request.client.snapshot
        rfc8707_resource.check_named(desk.conf, client, request.payload.all("resource"))
        rfc9396_authorization_details.check_asked(request)
        code, may_refresh = request.payload.get("device_code"), "refresh_token" in client.grants
        grant = desk.ledger.redeem_device(request.actor, code, client_id=client.client_id, may_refresh=may_refresh, proved=desk.sender.key)
        if isinstance(grant, Refused):
            raise ProtocolError(*_ERRORS.get(grant.reason, _INVALID))
        confirm(request, grant.client_version)
        if closed(desk, client, grant):
            desk.ledger.revoke(request.actor, grant, "no_access")
            raise ProtocolError(*_ERRORS["approved"])
        audience = rfc8707_resource.at_token(desk.conf, client, tuple(grant.resource.split()), request.payload.all("resource"))
        details = rfc9396_authorization_details.of_grant(request, grant, audience)
        desk.ledger.settle()
        refresh = desk.ledger.refresh_token(grant)
        scope = still_registered(client, parse(grant.scope))
        return token_answer(desk, client, grant, scope, audience, refresh=refresh, nonce=None, details=details)


def pending(device: DeviceView) -> AuthorizationRequestData:
    """The device's wish as an authorization request, so that the same dance decides it (section 3.3).

    prompt=consent: the person is always asked, first-party or not (section 5.4, remote phishing).
    """
    return AuthorizationRequestData(
        client_id=device.client_id,
        redirect_uri="",
        response_mode="query",
        scope=parse(device.scope),
        prompt=("consent",),
        acr_values=tuple(device.acr_values.split()),
        resource=tuple(device.resource.split()),
        authorization_details=tuple(device.authorization_details or ()),
        device=device.id,
    )
