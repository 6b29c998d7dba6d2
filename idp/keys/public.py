"""Public keys of others (a client's `jwks`): whether we can and may use them (RFC 7517, RFC 8725, FAPI 2.0 section 5.4)."""

from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_CURVES = {"EC": ("P-256", "P-384", "P-521"), "OKP": ("Ed25519",)}
_MOST_KEYS = 20
_SMALLEST_RSA = 2048


def public_jwks_problem(jwks: object) -> str | None:
    """Why `jwks` cannot be a client's set of public keys, or None. Says nothing of the keys themselves but their place."""
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(keys, list) or not keys:
        return "it is not a JWK Set with at least one key"
    if len(keys) > _MOST_KEYS:
        return f"it has more than {_MOST_KEYS} keys"
    for number, jwk in enumerate(keys, start=1):
        if problem := _problem(jwk):
            return f"key {number} {problem}"
    names = [jwk["kid"] for jwk in keys if "kid" in jwk]
    if len(keys) > 1 and (len(names) < len(keys) or len(set(names)) < len(names)):
        return "with several keys each needs a kid of its own"
    return None


def _problem(jwk: Any) -> str | None:
    if not isinstance(jwk, dict):
        return "is not an object"
    if _PRIVATE & jwk.keys():
        return "has private members; give the public part only"
    if not isinstance(jwk.get("kid", ""), str):
        return "has a kid that is not text"
    kind = jwk.get("kty")
    try:
        if kind == "RSA":
            small = RSAKey.import_key(jwk).public_key.key_size < _SMALLEST_RSA
            return f"is an RSA key below {_SMALLEST_RSA} bits" if small else None
        if kind in _CURVES:
            if jwk.get("crv") not in _CURVES[kind]:
                return f"is on a curve other than {', '.join(_CURVES[kind])}"
            ECKey.import_key(jwk) if kind == "EC" else OKPKey.import_key(jwk)
            return None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return "cannot be read"
    return "is not an RSA, EC or OKP key"
