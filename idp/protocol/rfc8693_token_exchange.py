"""RFC 8693 - Token exchange.  https://www.rfc-editor.org/rfc/rfc8693

§2.1    the request                         ExchangeGrant.create_token_response
§2.2.1  the answer                          ExchangeGrant.create_token_response
§2.2.2  what is refused, and by which code  ExchangeGrant.create_token_response
§4.1    act: who acts for the person        exchanged
§3      token types                         ACCESS_TOKEN
Narrow on purpose: a confidential client of a registered pair hands in a live access token of its own or meant for it,
and gets one for the other side of the pair: the same person, never more scope, assurance or time, no refresh token,
and never from a token that was exchanged already or is bound to somebody's key.
"""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import BaseGrant, TokenEndpointMixin

from idp.clients.metadata import EXCHANGE_GRANT
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import epoch
from idp.policy.assurance import rank
from idp.protocol import rfc9396_authorization_details
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import NO_STORE, ProtocolError, scopes_of
from idp.protocol.gate import closed, still_registered
from idp.protocol.request import OAuthRequest
from idp.protocol.requested import subject_at
from idp.protocol.rfc6749_code_grant import authenticated
from idp.protocol.rfc8705_mtls import METHODS as TLS_METHODS
from idp.protocol.rfc9068_access_token import TYP, audience_of, read
from idp.protocol.server import OAuthServer, confirm
from idp.tokens.view import GrantView

SPEC = "RFC 8693"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type, not a token
_INVALID = "the subject_token is expired, revoked, not an access token of this provider, or not for this client"


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    del conf
    return {"grant_types_supported": [EXCHANGE_GRANT]}


def register(server: OAuthServer) -> None:
    """Mount the grant."""
    server.register_grant(ExchangeGrant)


class ExchangeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """Exchanges a person's token for one that another client of the installation takes."""

    GRANT_TYPE = EXCHANGE_GRANT
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", *TLS_METHODS)

    def validate_token_request(self) -> None:
        """Who asks, and for what kind of token (section 2.1)."""
        authenticated(self, self.GRANT_TYPE)
        payload = self.request.payload
        if not payload.get("subject_token"):
            raise ProtocolError("invalid_request", "subject_token is missing")
        if payload.get("subject_token_type") != ACCESS_TOKEN or (payload.get("requested_token_type") or ACCESS_TOKEN) != ACCESS_TOKEN:
            raise ProtocolError("invalid_request", f"only tokens of the type {ACCESS_TOKEN} are exchanged")
        if payload.get("actor_token") or payload.get("actor_token_type"):
            raise ProtocolError("invalid_request", "actor_token is not offered: the client itself is the actor")

    def create_token_response(self) -> tuple[int, dict[str, Any], Sequence[tuple[str, str]]]:
        """Client, subject, target, scope; recorded, made durable, signed (section 2.2)."""
        request, desk = self.request, self.request.desk
        client: ClientSnapshot = request.client.snapshot
        live = desk.registry.find_live(client.client_id)
        confirm(request, live.version if live else None)
        claims, grant, owner = _subject(desk, client, request.payload.get("subject_token"))
        target, audience, most = _target(request, client)
        if closed(desk, target, grant):
            raise ProtocolError("invalid_target", "the person may not use the target")
        if rank(grant.acr) < rank(target.min_acr or ""):
            raise ProtocolError("invalid_target", "the person signed in less strongly than the target demands")
        held = still_registered(owner, str(claims.get("scope", "")).split())
        scope = _scope(tuple(one for one in held if one in most and one in client.scopes), request.payload.scope)
        details = rfc9396_authorization_details.at_exchange(request, owner, claims, audience)
        token = exchanged(desk, client, target, grant, claims, scope=scope, audience=audience)
        token = rfc9396_authorization_details.in_claims(token, details)
        desk.ledger.note_exchange(request.actor, grant, by_client=client.client_id, to_client=target.client_id, scope=scope)
        desk.ledger.settle()
        body = {
            "access_token": desk.ring.sign(token, alg=target.access_token_alg, typ=TYP),
            "issued_token_type": ACCESS_TOKEN,
            "token_type": desk.sender.token_type,
            "expires_in": token["exp"] - token["iat"],
            "scope": " ".join(scope),
            **rfc9396_authorization_details.in_answer(details),
        }
        return 200, body, (*NO_STORE, *desk.sender.headers)


def exchanged(
    desk: Desk,
    client: ClientSnapshot,
    target: ClientSnapshot,
    grant: GrantView,
    claims: dict[str, Any],
    *,
    scope: Sequence[str],
    audience: Sequence[str],
) -> dict[str, Any]:
    """The claims of the new token: the person as the target knows them, and in `act` the client that acts (section 4.1).

    It leads back to the same grant, so that it stops with it, and ends no later than the token it was exchanged for.
    It is bound to whoever proved a key in this request.
    """
    now, confirmation = epoch(desk.clock.now()), desk.sender.confirmation
    return {
        "iss": desk.conf.issuer,
        "sub": subject_at(desk, grant.person_id, target),
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": client.client_id,
        "act": {"sub": client.client_id},
        "scope": " ".join(scope),
        "iat": now,
        "exp": min(int(claims["exp"]), now + desk.conf.lifetimes.access_token_seconds),
        "jti": desk.ledger.new_jti(grant),
        "auth_time": epoch(grant.auth_time),
        "acr": grant.acr,
        "amr": grant.amr.split(),
        **({"cnf": confirmation} if confirmation else {}),
    }


def actor_of(desk: Desk, claims: dict[str, Any]) -> ClientSnapshot | None:
    """The client that acts by an exchanged token, while it still may: enabled, its pair there, the token not taken back."""
    client = desk.registry.find_live(str(claims.get("client_id", "")))
    if client is None or desk.ledger.is_revoked(claims["jti"]):
        return None
    meant_for = audience_of(claims)
    for pair in desk.registry.exchange.of(client.client_id):
        target = desk.registry.find(pair.to_client)
        if target is not None and target.enabled and meant_for <= {target.client_id, *target.audience}:
            return client if set(str(claims.get("scope", "")).split()) <= set(pair.scopes) else None
    return None


def _subject(desk: Desk, client: ClientSnapshot, token: str) -> tuple[dict[str, Any], GrantView, ClientSnapshot]:
    """The claims and the live grant of the subject token, and the client it was given to; else `invalid_request` (section 2.2.2)."""
    claims = read(desk, token)
    grant = desk.ledger.live(claims["jti"]) if claims and not claims["jti"].startswith("c.") else None
    if claims is None or grant is None or grant.code_used_at is None or grant.client_id != claims.get("client_id"):
        raise ProtocolError("invalid_request", _INVALID)
    if "act" in claims or "cnf" in claims:
        raise ProtocolError("invalid_request", "a token that was exchanged, or that is bound to a key, is not exchanged")
    known = desk.registry.find(grant.client_id)
    owner = desk.registry.confirm(known, grant.client_version) if known else None
    mine = grant.client_id == client.client_id or bool((audience_of(claims) - {desk.conf.issuer}) & {client.client_id, *client.audience})
    if owner is None or not mine or closed(desk, owner, grant):
        raise ProtocolError("invalid_request", _INVALID)
    return claims, grant, owner


def _target(request: OAuthRequest, client: ClientSnapshot) -> tuple[ClientSnapshot, tuple[str, ...], tuple[str, ...]]:
    """The other client of a pair, the audience, the most scopes: by its id (`audience`) or one of its resources (`resource`)."""
    registry, named, resources = request.desk.registry, request.payload.get("audience"), request.payload.all("resource")
    if len(resources) + (named is not None) != 1:
        raise ProtocolError("invalid_target" if resources else "invalid_request", "name one target, by audience or by resource")
    for pair in registry.exchange.of(client.client_id):
        target = registry.find_live(pair.to_client)
        if target is None or not (named == target.client_id or set(resources) & set(target.audience)):
            continue
        return target, resources or target.audience or (target.client_id,), pair.scopes
    raise ProtocolError("invalid_target", "this client may not exchange tokens for that target")


def _scope(most: tuple[str, ...], asked: str | None) -> tuple[str, ...]:
    wanted = most if asked is None else scopes_of(asked)
    if not wanted or not set(wanted) <= set(most):
        raise ProtocolError("invalid_scope", "the scope is not held by the subject_token, not registered, or not allowed to this pair")
    return wanted
