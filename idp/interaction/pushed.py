"""Requests that clients pushed ahead of the browser: kept for a minute and a half, answered once (RFC 9126)."""

from dataclasses import dataclass
from datetime import timedelta

from idp.interaction.store import PushedStore
from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness, digest, opaque

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFE_SECONDS = 90
_LENGTH = len(PREFIX) + 43


@dataclass(frozen=True, slots=True)
class Pushed:
    """A request as its client pushed it. params: form-encoded; signed: they came in a request object."""

    digest: bytes
    client_id: str
    params: str
    signed: bool


class PushedRequests:
    """Keeps, finds and spends them."""

    def __init__(self, store: PushedStore, clock: Clock, randomness: Randomness) -> None:
        self._store = store
        self._clock = clock
        self._randomness = randomness

    def keep(self, client_id: str, params: str, *, signed: bool) -> str:
        """Keep a request; gives its request_uri of 256 bit (RFC 9126 sections 2.2 and 7.1)."""
        uri, now = PREFIX + opaque(self._randomness), self._clock.now()
        self._store.add(
            digest=digest(uri),
            client_id=client_id,
            params=params,
            signed=signed,
            created_at=now,
            expires_at=now + timedelta(seconds=LIFE_SECONDS),
        )
        return uri

    def find(self, uri: str) -> Pushed | None:
        """The request behind `uri`, neither expired nor answered; `uri` comes from an address and may be anything."""
        row = self._store.get(digest(uri), self._clock.now()) if len(uri) == _LENGTH and uri.isascii() else None
        return None if row is None else Pushed(row.digest, row.client_id, row.params, row.signed)

    def spend(self, fingerprint: bytes) -> bool:
        """Mark as answered, once; False when somebody was faster."""
        return self._store.spend(fingerprint, self._clock.now())

    def prune(self, *, limit: int) -> int:
        """Housekeeping: delete those whose time is long over; gives how many."""
        # An hour more than they live: the interaction that began with one may still be answered, and must find it.
        return self._store.prune(self._clock.now() - timedelta(hours=2), limit)
