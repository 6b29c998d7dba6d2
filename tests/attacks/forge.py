"""Tokens as an attacker would make them from what is public."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, KeySet, RSAKey


def encode(value: Mapping[str, Any] | bytes) -> str:
    """One part of a JWT."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part: str) -> dict[str, Any]:
    """The JSON of one part."""
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def hs256(key: bytes, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Signed with a secret; `key` may be somebody's public key (RFC 8725 section 2.1)."""
    head = f"{encode({**header, 'alg': 'HS256'})}.{encode(claims)}"
    return f"{head}.{encode(hmac.new(key, head.encode(), hashlib.sha256).digest())}"


def forgeries(genuine: str, jwks: dict[str, Any]) -> list[str]:
    """Everything that looks like `genuine` and must be believed nowhere (RFC 8725 section 3)."""
    head, body, signature = genuine.split(".")
    header, claims = decode(head), decode(body)
    found = [
        f"{encode({**header, 'alg': alg})}.{body}.{last}" for alg in ("none", "None", "NONE", "nOnE") for last in ("", signature)
    ]  # fmt: skip
    for jwk in jwks["keys"]:
        public = KeySet.import_key_set({"keys": [jwk]}).keys[0]
        assert isinstance(public, RSAKey | ECKey)
        secrets = (public.as_pem(private=False), json.dumps(jwk).encode(), jwk.get("n", jwk.get("x", "")).encode())
        found += [hs256(key, {**header, "kid": jwk["kid"]}, claims) for key in secrets]
        if jwk["kid"] != header["kid"]:
            found.append(f"{encode({**header, 'kid': jwk['kid'], 'alg': jwk['alg']})}.{body}.{signature}")
    own = {"RS256": RSAKey.generate_key(2048), "ES256": ECKey.generate_key("P-256")}[header["alg"]]
    extras = ({}, {"kid": "mine"}, {"jwk": own.as_dict(private=False)}, {"jku": "https://evil.test/jwks"}, {"kid": "../../dev/null"})
    found += [jws.serialize_compact({**header, **extra}, json.dumps(claims), own, algorithms=[header["alg"]]) for extra in extras]
    later = claims["exp"] + 99_999
    changes = ({"sub": "somebody-else"}, {"exp": later}, {"aud": "https://evil.test"}, {"nbf": later})
    found += [f"{head}.{encode({**claims, **change})}.{signature}" for change in changes]
    found += [f"{head}.{body}.", f"{head}.{body}", f"{head}.{body}.{signature[:-3]}AAA", f"{head}.{body}.{signature}.x", "..", "a.b.c", "",
              "\x00", "%00", "eyJ", genuine + " x", "rt_" + "0" * 26 + ".0.x"]  # fmt: skip
    return [one for one in found if one and one != genuine]
