"""What a process holds of the ring between two looks at the database: immutable, swapped as a whole."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.keys.material import ALGS, Key

# A key signs only when every process has had the time to publish it: the re-reading interval (10 s) and a margin.
PUBLISH_LEAD = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as verification needs it; the private part is imported apart, and only for keys that sign."""

    kid: str
    alg: str
    state: str
    created_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    expires_at: datetime | None
    jwk: dict[str, Any]
    key: Key

    def expired(self, now: datetime) -> bool:
        """True once nothing it signed can be valid any more."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class View:
    """The ring as last read."""

    read_at: datetime
    keys: dict[str, PublicKey]
    signers: dict[str, tuple[str, Key]]
    jwks: bytes
    etag: str


def choose_signer(keys: Iterable[PublicKey], now: datetime) -> dict[str, str]:
    """The kid that signs for each algorithm.

    The key activated last, unless it was published so recently that another process (or a relying party asking it)
    may not know it yet; then the one before. So ten rotations in a row lose no verification (OIDC Core section 10.1.1).
    Keys made together with the first key of the ring were never unknown to anyone.
    """
    chosen: dict[str, str] = {}
    known = [key for key in keys if not key.expired(now)]
    for alg in ALGS:
        ours = sorted((k for k in known if k.alg == alg and k.activated_at), key=lambda k: (k.activated_at, k.retired_at is None))
        if not ours:
            continue
        first = min(k.created_at for k in known if k.alg == alg)
        published = [k for k in ours if k.created_at <= first or k.created_at <= now - PUBLISH_LEAD]
        chosen[alg] = (published[-1] if published else ours[0]).kid
    return chosen


def publish(keys: Iterable[PublicKey]) -> tuple[bytes, str]:
    """The JWK Set of `keys` as bytes, and a tag that changes with them (RFC 7517 section 5)."""
    body = json.dumps({"keys": [key.jwk for key in keys]}, separators=(",", ":")).encode()
    return body, hashlib.sha256(body).hexdigest()[:32]
