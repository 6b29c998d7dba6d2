"""Our authorization server: Authlib's dispatch of grants and endpoints, without a framework and without its storage.

One per process; everything a request works with hangs on the request (`request.desk`).
"""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer

from idp.audit.tags import Tag
from idp.protocol.conf import Conf
from idp.protocol.errors import NO_STORE, ProtocolError, Reply, json_reply
from idp.protocol.request import OAuthRequest
from idp.protocol.rfc8414_metadata import Documents

_ATTEMPTS = 3
_DENIED = frozenset({"unauthorized_client", "invalid_scope", "invalid_target"})


class StaleClient(Exception):
    """The client changed since it was kept in memory: what was done with it is undone, and done again with what it is now."""


class OAuthServer(AuthorizationServer):  # type: ignore[misc]
    """Token, introspection and revocation endpoints; `rooms.build` registers what is offered."""

    def __init__(self, conf: Conf) -> None:
        super().__init__()
        self.conf = conf
        self.documents: Documents  # given by `rooms.build`

    @property
    def discovery(self) -> tuple[bytes, str]:
        """The metadata of this moment and its entity tag."""
        return self.documents.current()

    # -- what Authlib asks a framework for ---------------------------------------------------------------------

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        """The request is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Reply:
        """A reply as plain values."""
        if isinstance(body, bytes):
            return Reply(status, body, tuple(headers))
        return json_reply(status, body, tuple(pair for pair in headers if pair[0] != "Content-Type"))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """No signals: what happens is recorded in the audit by whoever does it."""

    def authenticate_client(self, request: OAuthRequest, methods: Sequence[str], endpoint: str = "token") -> Any:
        """Authenticate once a request; `rfc6749_client_auth` is the registry."""
        return self._client_auth(request, methods, endpoint)

    def use_authenticator(self, authenticator: Any) -> None:
        """Install the client-authentication registry."""
        self._client_auth = authenticator

    # -- endpoints -----------------------------------------------------------------------------------------------

    def token(self, request: OAuthRequest) -> Reply:
        """RFC 6749 section 3.2: the token endpoint."""
        return self._answer(request, self._token)

    def endpoint(self, name: str, request: OAuthRequest) -> Reply:
        """An endpoint registered by a room: ``introspection`` or ``revocation``."""
        return self._answer(request, self._endpoints[name][0])

    def _token(self, request: OAuthRequest) -> tuple[int, Any, Sequence[tuple[str, str]]]:
        grant_type = request.payload.grant_type
        if not grant_type:
            raise ProtocolError("invalid_request", "grant_type is missing")
        chosen = next((grant for grant, _ in self._token_grants if grant.check_token_endpoint(request)), None)
        if chosen is None:
            raise ProtocolError("unsupported_grant_type", "this grant_type is not offered; see grant_types_supported")
        grant = chosen(request, self)
        grant.validate_token_request()
        done: tuple[int, Any, Sequence[tuple[str, str]]] = grant.create_token_response()
        return done

    def _answer(self, request: OAuthRequest, act: Any) -> Reply:
        try:
            check_shape(request)
            reply = self._current(request, act)
        except OAuth2Error as error:
            _record_denial(request, error)
            reply = self.handle_response(error.status_code, dict(error.get_body()), error.get_headers())
        origins = request.client.snapshot.origins if request.client else frozenset()
        return Reply(reply.status, reply.body, reply.headers, origins)

    def _current(self, request: OAuthRequest, act: Any) -> Reply:
        for _ in range(_ATTEMPTS):
            try:
                return self.handle_response(*act(request))
            except StaleClient:
                # The claim was made in the name of a registration that is no longer true: undo it and ask again.
                request.desk.ledger.undo()
        raise ProtocolError("temporarily_unavailable", "the client's registration is being changed; try again", status=503)


def _record_denial(request: OAuthRequest, error: OAuth2Error) -> None:
    """A known client that asked for what it may not have (ASVS 16.3.2); what a grant itself refused is recorded there."""
    if request.client is not None and error.error in _DENIED:
        grant = str(request.payload.grant_type or "")[:80]
        request.desk.audit.record(Tag.TOKEN_DENY, request.actor, client_id=request.client.client_id, error=error.error, grant=grant)


def check_shape(request: OAuthRequest) -> None:
    """A form in the body, nothing repeated, no credential in the URL (RFC 6749 sections 2.3.1 and 3.2)."""
    if request.method != "POST" or not request.is_form:
        raise ProtocolError("invalid_request", "send a POST with a form body (application/x-www-form-urlencoded)")
    if request.query_names & {"client_secret", "client_assertion", "code", "refresh_token", "token"}:
        raise ProtocolError("invalid_request", "credentials and tokens must not be sent in the URL")
    if request.payload.problem:
        raise ProtocolError("invalid_request", request.payload.problem)


def confirm(request: OAuthRequest, live_version: int | None) -> None:
    """The client that authenticated is still as it was kept; else StaleClient (a disabled client stops at once)."""
    client = request.client
    assert client is not None  # noqa: S101 - for the type checker: called after authentication
    if live_version != client.snapshot.version:
        request.desk.registry.confirm(client.snapshot, live_version)
        request.client = None
        raise StaleClient(f"{client.client_id}: {client.snapshot.version}, now {live_version}")


__all__ = ["NO_STORE", "OAuthServer", "StaleClient", "check_shape", "confirm"]
