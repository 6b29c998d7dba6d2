"""The rooms that are mounted: what is offered is what stands here, and discovery is their sum."""

from collections.abc import Callable
from types import ModuleType

from idp.protocol import (
    fapi2_profile,
    oidc_backchannel_logout,
    oidc_core_id_token,
    oidc_core_request,
    oidc_core_userinfo,
    oidc_discovery,
    oidc_form_post,
    oidc_frontchannel_logout,
    oidc_jarm,
    oidc_rpinitiated_logout,
    rfc6749_authorize,
    rfc6749_client_auth,
    rfc6749_client_credentials,
    rfc6749_code_grant,
    rfc6749_refresh_grant,
    rfc6750_bearer,
    rfc7009_revocation,
    rfc7516_encryption,
    rfc7517_jwks,
    rfc7523_private_key_jwt,
    rfc7591_registration,
    rfc7592_management,
    rfc7636_pkce,
    rfc7662_introspection,
    rfc8414_metadata,
    rfc8628_device,
    rfc8693_token_exchange,
    rfc8705_mtls,
    rfc8707_resource,
    rfc9068_access_token,
    rfc9101_request_object,
    rfc9126_par,
    rfc9207_issuer,
    rfc9396_authorization_details,
    rfc9449_dpop,
    rfc9470_step_up,
    rfc9701_jwt_introspection,
)
from idp.protocol.conf import Conf
from idp.protocol.server import OAuthServer

ROOMS: tuple[ModuleType, ...] = (
    rfc8414_metadata,
    oidc_discovery,
    rfc6749_authorize,
    rfc6749_client_auth,
    rfc6749_code_grant,
    rfc6749_refresh_grant,
    rfc6749_client_credentials,
    rfc6750_bearer,
    rfc7009_revocation,
    rfc7517_jwks,
    rfc7523_private_key_jwt,
    rfc7591_registration,
    rfc7592_management,
    rfc7636_pkce,
    rfc7662_introspection,
    rfc8628_device,
    rfc8693_token_exchange,
    rfc8705_mtls,
    rfc8707_resource,
    rfc9068_access_token,
    rfc9101_request_object,
    rfc9126_par,
    rfc9207_issuer,
    rfc9396_authorization_details,
    rfc9449_dpop,
    rfc9470_step_up,
    rfc9701_jwt_introspection,
    oidc_core_request,
    oidc_core_id_token,
    oidc_core_userinfo,
    oidc_form_post,
    rfc7516_encryption,
    fapi2_profile,
    oidc_jarm,
    oidc_rpinitiated_logout,
    oidc_backchannel_logout,
    oidc_frontchannel_logout,
)


def build(conf: Conf, declared: Callable[[], tuple[str, ...]] = tuple) -> OAuthServer:
    """The authorization server with every room mounted; one per process.

    declared: the types of authorization details there are at this moment, for discovery.
    """
    server = OAuthServer(conf)
    for room in ROOMS:
        if hasattr(room, "register"):
            room.register(server)
    server.documents = rfc8414_metadata.Documents(conf, ROOMS, declared)
    return server
