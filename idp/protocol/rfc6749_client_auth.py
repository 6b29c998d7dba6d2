"""RFC 6749 - client authentication.  https://www.rfc-editor.org/rfc/rfc6749

§2.3    one method per request              presented
§2.3.1  Basic, form-urldecoded              read_basic
§5.2    401 invalid_client                  refuse
Tighter than the RFC: a client may use only the method it is registered for; a secret is never accepted in the URL;
an unknown client and a wrong secret get the same answer for the same work.
"""

import binascii
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749.authenticate_client import ClientAuthentication

from idp.audit.tags import Tag
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.randomness import digest, same
from idp.protocol import rfc7523_private_key_jwt, rfc8705_mtls
from idp.protocol.adapters import ClientView
from idp.protocol.conf import Conf
from idp.protocol.errors import ProtocolError
from idp.protocol.request import OAuthRequest
from idp.protocol.server import OAuthServer

SPEC = "RFC 6749"
METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", *rfc8705_mtls.METHODS, "none")
_NOBODY = digest("a secret that no client has")


def metadata(conf: Conf) -> dict[str, Any]:
    """The methods that carry a secret, or nothing (RFC 8414 section 2); private_key_jwt adds itself."""
    del conf
    return {
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
    }


def register(server: OAuthServer) -> None:
    """Install the registry of methods."""
    server.use_authenticator(Authenticator())


def read_basic(header: str) -> tuple[str, str] | None:
    """(client id, secret) of an Authorization header, both form-urldecoded (``+`` is a space), or None (section 2.3.1)."""
    try:
        text = b64decode(header.split(None, 1)[1].strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, IndexError, ValueError):
        return None
    name, colon, secret = text.partition(":")
    return (unquote_plus(name), unquote_plus(secret)) if colon else None


def presented(request: OAuthRequest) -> str:
    """The one method this request uses; more than one is an error (section 2.3)."""
    payload, methods = request.payload, []
    if request.headers.get("Authorization", "").lower().startswith("basic"):
        methods.append("client_secret_basic")
    if payload.get("client_secret"):
        methods.append("client_secret_post")
    if payload.get("client_assertion") or payload.get("client_assertion_type"):
        methods.append("private_key_jwt")
    if len(methods) > 1:
        raise ProtocolError("invalid_request", "more than one client authentication method was used")
    return methods[0] if methods else "none"


def refuse(request: OAuthRequest, client_id: str | None, reason: str, *, hint: str | None = None) -> ProtocolError:
    """The 401 of section 5.2, with its evidence; `WWW-Authenticate` answers a client that tried Basic."""
    basic = request.headers.get("Authorization", "").lower().startswith("basic")
    shown = client_id[:128] if client_id and client_id.isascii() and client_id.isprintable() else None
    request.desk.audit.record(Tag.CLIENT_AUTH_REFUSE, request.actor, client_id=shown, reason=reason)
    headers = (("WWW-Authenticate", f'Basic realm="{request.desk.conf.issuer}", charset="UTF-8"'),) if basic else ()
    return ProtocolError("invalid_client", hint or "client authentication failed", status=401, headers=headers)


class Authenticator(ClientAuthentication):  # type: ignore[misc]
    """Authlib's registry of methods with our methods, each a function of (find, request)."""

    def __init__(self) -> None:
        super().__init__(None)
        self._methods: dict[str, Callable[[OAuthRequest], ClientSnapshot]] = {
            "client_secret_basic": _by_basic,
            "client_secret_post": _by_post,
            "private_key_jwt": _by_assertion,
            "none": _by_name,
        }

    def authenticate(self, request: OAuthRequest, methods: Sequence[str], endpoint: str) -> ClientView:
        """The client, or ProtocolError; afterwards the request's actor is the client."""
        method = presented(request)
        found = self._methods[method](request)
        if method == "none" and found.auth_method in rfc8705_mtls.METHODS:
            # Nothing in the request proves it: the connection does.
            if reason := rfc8705_mtls.authenticate(request, found):
                raise refuse(request, found.client_id, reason)
            method = found.auth_method
        client = ClientView(found)
        if method not in methods or not client.check_endpoint_auth_method(method, endpoint):
            # Only who proved to be the client learns how it is registered.
            hint = f"this client is registered for {client.snapshot.auth_method}" if method != "none" else None
            raise refuse(request, client.client_id, "wrong_method", hint=hint)
        request.authenticated_as(client, method)
        return client


def _known(request: OAuthRequest, client_id: str) -> ClientSnapshot | None:
    client = request.desk.registry.find(client_id)
    return client if client is not None and client.enabled else None


def _by_secret(request: OAuthRequest, client_id: str, secret: str) -> ClientSnapshot:
    client = _known(request, client_id)
    if client is not None and client.accepts_secret(secret, request.desk.clock.now()):
        return client
    if client is None:
        same(digest(secret), _NOBODY)
        raise refuse(request, client_id, "unknown")
    # A secret may have been added a moment ago by another process; and an unknown client costs this look-up too.
    fresh = request.desk.registry.find_live(client_id)
    if fresh is not None and fresh.version != client.version and fresh.accepts_secret(secret, request.desk.clock.now()):
        return fresh
    raise refuse(request, client_id, "wrong_secret")


def _by_basic(request: OAuthRequest) -> ClientSnapshot:
    pair = read_basic(request.headers.get("Authorization", ""))
    named = request.payload.client_id
    if pair is None or (named and named != pair[0]):
        raise refuse(request, named, "malformed")
    return _by_secret(request, *pair)


def _by_post(request: OAuthRequest) -> ClientSnapshot:
    return _by_secret(request, request.payload.client_id or "", request.payload.data["client_secret"])


def _by_assertion(request: OAuthRequest) -> ClientSnapshot:
    outcome = rfc7523_private_key_jwt.authenticate(request)
    if isinstance(outcome, ClientSnapshot):
        return outcome
    raise refuse(request, outcome.client_id, outcome.reason, hint=outcome.hint)


def _by_name(request: OAuthRequest) -> ClientSnapshot:
    client_id = request.payload.client_id
    client = _known(request, client_id) if client_id else None
    if client is None:
        raise refuse(request, client_id, "unknown" if client_id else "missing")
    return client
