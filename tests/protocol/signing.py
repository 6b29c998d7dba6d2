"""Keys and JWTs of the applications in these tests."""

import warnings
from typing import Any

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from idp.kernel.clock import epoch
from idp.protocol.rfc7523_private_key_jwt import ASSERTION_TYPE
from tests.protocol.conftest import House
from tests.rp import RelyingParty

KEY = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
RSA = RSAKey.generate_key(2048, {"kid": "r1"}, private=True)
JWKS = {"keys": [KEY.as_dict(private=False), RSA.as_dict(private=False)]}
ISSUER = "http://localhost:8000"


def sign(claims: dict[str, Any], key: Any = KEY, alg: str = "ES256", **header: str) -> str:
    """A JWT; claims of None are left out."""
    kept = {name: value for name, value in claims.items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # EdDSA is an old name, which clients use
        return jwt.encode({"alg": alg, "kid": key.kid, **header}, kept, key, algorithms=[alg])


def proof(house: House, client_id: str, number: str, key: Any = KEY, alg: str = "ES256", **changes: Any) -> dict[str, str]:
    """The parameters of private_key_jwt."""
    now = epoch(house.clock.now())
    claims = {"iss": client_id, "sub": client_id, "aud": ISSUER, "exp": now + 60, "iat": now, "jti": number} | changes
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": sign(claims, key, alg)}


def request_object(house: House, rp: RelyingParty, key: Any = KEY, alg: str = "ES256", **changes: Any) -> str:
    """A request object with everything in it."""
    now = epoch(house.clock.now())
    claims = {
        "iss": rp.client_id, "aud": ISSUER, "exp": now + 300, "nbf": now, "client_id": rp.client_id, "response_type": "code",
        "redirect_uri": rp.redirect_uri, "scope": rp.scope, "state": rp.state, "nonce": rp.nonce,
        "code_challenge": rp.challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    return sign(claims | changes, key, alg, typ="oauth-authz-req+jwt")
