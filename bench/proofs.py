"""DPoP proofs (RFC 9449 section 4.2) for the load generator: one key, a fresh proof for every request."""

import base64
import hashlib
import json
import secrets
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


class Prover:
    """A client's key and the proofs made with it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": _base64(point.x.to_bytes(32, "big")), "y": _base64(point.y.to_bytes(32, "big"))}
        self._head = _base64(json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}).encode())

    def proof(self, method: str, url: str, access_token: str | None = None) -> str:
        """A proof for one request; access_token: what it goes with, at a resource (`ath`)."""
        claims = {"jti": secrets.token_urlsafe(12), "htm": method, "htu": url, "iat": int(time.time())}
        if access_token is not None:
            claims["ath"] = _base64(hashlib.sha256(access_token.encode()).digest())
        signed = f"{self._head}.{_base64(json.dumps(claims).encode())}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
