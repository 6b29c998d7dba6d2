"""Verifying a logout token (OIDC Back-Channel Logout 1.0 section 2.6)."""

import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LEEWAY = 120


class BadLogoutToken(Exception):
    """The token proves nothing; the text says which check failed."""


def verify(token: str, keys: Any, issuer: str, client_id: str) -> dict[str, Any]:
    """The claims of a good logout token; raises BadLogoutToken. The caller still has to refuse a repeated `jti`."""
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256", "ES256"])
    except (JoseError, ValueError) as error:
        raise BadLogoutToken(f"signature: {error}") from error
    claims, now = dict(decoded.claims), time.time()
    if decoded.header.get("typ", "").lower() != "logout+jwt":
        raise BadLogoutToken("typ is not logout+jwt")
    if claims.get("iss") != issuer:
        raise BadLogoutToken("another issuer")
    audience = claims.get("aud")
    if client_id not in (audience if isinstance(audience, list) else [audience]):
        raise BadLogoutToken("for another application")
    if not _moment(claims, "iat") <= now + LEEWAY or not _moment(claims, "exp") > now - LEEWAY:
        raise BadLogoutToken("expired, or from the future")
    if not isinstance(claims.get("events"), dict) or not isinstance(claims["events"].get(EVENT), dict):
        raise BadLogoutToken("the event is missing")
    if "nonce" in claims:
        raise BadLogoutToken("a logout token has no nonce: this is an ID token in disguise")
    if not isinstance(claims.get("jti"), str) or not (claims.get("sid") or claims.get("sub")):
        raise BadLogoutToken("jti, sid or sub is missing")
    return claims


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise BadLogoutToken(f"{name} is missing")
    return float(value)
