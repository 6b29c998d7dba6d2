"""Who is signed in to this application: kept on the server, so that the provider can end it (back-channel logout).

In memory, because the demo is one process; a real application keeps the same in its database or cache.
"""

import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's signed-in browser. `key` is what the cookie holds; `csrf` guards its forms."""

    key: str
    subject: str
    provider_session: str | None
    token: dict[str, Any]
    id_token: dict[str, Any]
    profile: dict[str, Any]
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    refreshed: int = 0
    rotated: bool = False


class Visits:
    """All visits of the application; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: dict[str, Visit] = {}
        self._ended_by_provider: dict[str, float] = {}
        self._seen_logout_tokens: dict[str, float] = {}

    def start(self, token: dict[str, Any], id_token: dict[str, Any], profile: dict[str, Any]) -> Visit:
        """Remember a person who has just signed in; always under a new key, so that an old cookie gains nothing."""
        visit = Visit(secrets.token_urlsafe(32), id_token["sub"], id_token.get("sid"), token, id_token, profile)
        with self._lock:
            self._visits[visit.key] = visit
        return visit

    def find(self, key: str | None) -> Visit | None:
        """The visit of a cookie, or None."""
        with self._lock:
            return self._visits.get(key or "")

    def renew(self, visit: Visit, token: dict[str, Any], profile: dict[str, Any]) -> None:
        """Keep what a refresh gave: the new token replaces the old one, a rotated refresh token included."""
        rotated = token.get("refresh_token", visit.token.get("refresh_token")) != visit.token.get("refresh_token")
        with self._lock:
            if visit.key in self._visits:
                merged = visit.token | token
                self._visits[visit.key] = replace(visit, token=merged, profile=profile, refreshed=visit.refreshed + 1, rotated=rotated)

    def end(self, key: str) -> None:
        """Sign out this browser."""
        with self._lock:
            self._visits.pop(key, None)

    def end_by_provider(self, *, session: str | None, subject: str | None) -> int:
        """End what a logout token names: one session of the provider, or every visit of a person; gives how many."""
        with self._lock:
            visits = self._visits.values()
            hit = [one.key for one in visits if (one.provider_session == session if session else one.subject == subject)]
            for key in hit:
                del self._visits[key]
                self._ended_by_provider[key] = time.monotonic()
            return len(hit)

    def was_ended_by_provider(self, key: str | None) -> bool:
        """True when the cookie's visit was ended from outside; so the page can say why it is gone."""
        with self._lock:
            return (key or "") in self._ended_by_provider

    def first_use(self, token_id: str, lifetime: float = 600.0) -> bool:
        """True the first time a logout token's `jti` is seen (OIDC Back-Channel Logout 1.0 section 2.6)."""
        now = time.monotonic()
        with self._lock:
            self._seen_logout_tokens = {seen: at for seen, at in self._seen_logout_tokens.items() if now - at < lifetime}
            if token_id in self._seen_logout_tokens:
                return False
            self._seen_logout_tokens[token_id] = now
            return True
