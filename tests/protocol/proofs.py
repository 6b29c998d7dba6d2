"""DPoP proofs as a client makes them."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, Key


class Prover:
    """Holds a key and signs proofs with it. now: what its clock says."""

    def __init__(self, now: Any, base: str = "http://localhost:8000", key: Key | None = None, alg: str = "ES256") -> None:
        self.now, self.base, self.alg = now, base, alg
        self.key: Key = key or ECKey.generate_key("P-256", private=True)

    @property
    def thumbprint(self) -> str:
        return str(self.key.thumbprint())

    def proof(self, path: str, method: str = "POST", *, token: str | None = None, head: Any = None, **changes: Any) -> str:
        """A proof for one request; None leaves a claim out."""
        claims: dict[str, Any] = {"jti": secrets.token_urlsafe(12), "htm": method, "htu": self.base + path, "iat": self.now()}
        if token is not None:
            claims["ath"] = _base64(hashlib.sha256(token.encode()).digest()).decode()
        claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        header = {"typ": "dpop+jwt", "alg": self.alg, "jwk": self.key.as_dict(private=False), **(head or {})}
        signed = b".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        return (signed + b"." + _base64(jws.JWSRegistry.algorithms[self.alg].sign(signed, self.key))).decode()

    def at_token(self, **changes: Any) -> dict[str, str]:
        """The header of a token request."""
        return {"DPoP": self.proof("/token", **changes)}

    def at_userinfo(self, token: str, **changes: Any) -> dict[str, str]:
        """The headers of a userinfo request."""
        return {"Authorization": f"DPoP {token}", "DPoP": self.proof("/userinfo", "GET", token=token, **changes)}


def _base64(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
