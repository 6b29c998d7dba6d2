"""The public keys of a client that signs its own assertions: given at registration, or fetched from its `jwks_uri`."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.clients.fetch import GuardedHttp
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.clock import Clock
from idp.keys.public import public_jwks_problem

KEPT_FOR = timedelta(minutes=10)
RETRY_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Kept:
    jwks: dict[str, Any] | None
    fetched_at: datetime | None
    tried_at: datetime


class ClientKeys:
    """One per process; safe between threads. A key set that was fetched is kept for 10 minutes."""

    def __init__(self, http: GuardedHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def of(self, client: ClientSnapshot, kid: str | None = None) -> dict[str, Any] | None:
        """The client's JWK Set, or None when it has none that can be had now.

        kid: the key wanted; when the kept set lacks it, the set is fetched again, at most every 30 s (a client that rotates
        its keys is understood at once, one that invents names costs one call in 30 s). Fetching takes up to 5 s: call it
        outside a transaction where you can.
        """
        if client.jwks is not None or client.jwks_uri is None:
            return client.jwks
        now = self._clock.now()
        with self._lock:
            kept = self._kept.get(client.jwks_uri)
            if kept is not None and not _due(kept, kid, now):
                return kept.jwks
            before = kept or _Kept(None, None, now)
            # Marked before the call, so that threads that come meanwhile use what there is instead of calling too.
            self._kept[client.jwks_uri] = _Kept(before.jwks, before.fetched_at, now)
        found = self._http.get_json(client.jwks_uri)
        if isinstance(found, dict) and public_jwks_problem(found) is None:
            fresh = _Kept(found, now, now)
        else:
            fresh = _Kept(_still_good(before, now), before.fetched_at, now)
        with self._lock:
            self._kept[client.jwks_uri] = fresh
        return fresh.jwks


def _due(kept: _Kept, kid: str | None, now: datetime) -> bool:
    if abs(now - kept.tried_at) < RETRY_AFTER:
        return False
    old = kept.fetched_at is None or abs(now - kept.fetched_at) >= KEPT_FOR
    missing = kid is not None and all(key.get("kid") != kid for key in (kept.jwks or {}).get("keys", ()))
    return old or missing


def _still_good(kept: _Kept, now: datetime) -> dict[str, Any] | None:
    """An hour of grace when the client's server is away; after that a withdrawn key must not live on."""
    return kept.jwks if kept.fetched_at is not None and abs(now - kept.fetched_at) < timedelta(hours=1) else None
