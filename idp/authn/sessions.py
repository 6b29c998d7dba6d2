"""Signed-in browsers: found by the digest of their cookie, alive only as long as every look says so.

ASVS 7: tokens of 256 random bits, stored hashed; a new one at sign-in and step-up; idle and absolute end checked at use.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.accounts.account import Account
from idp.authn.browsers.endings import Ending, of_reason
from idp.authn.models import BrowserSession
from idp.authn.store import AuthnStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness, digest, new_id, opaque
from idp.policy.assurance import acr_of

SHARED_IDLE = timedelta(minutes=15)
SHARED_ABSOLUTE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that lives now, with what pages and decisions need of its person. `id` is the `sid` of tokens."""

    id: str
    person_id: str
    auth_time: datetime
    amr: tuple[str, ...]
    acr: str
    created_at: datetime
    expires_at: datetime
    shared: bool
    status: str
    name: str
    username: str
    government_code: str | None
    employment_status: str
    locale: str | None


class Sessions:
    """Starts, finds, lists and ends browser sessions. Leaving everywhere (tokens, applications) is interaction.leave."""

    def __init__(
        self, store: AuthnStore, audit: AuditLog, clock: Clock, randomness: Randomness, *, idle_minutes: int, absolute_hours: int
    ) -> None:
        self._store = store.sessions
        self._audit = audit
        self._clock = clock
        self._randomness = randomness
        self._idle = timedelta(minutes=idle_minutes)
        self._absolute = timedelta(hours=absolute_hours)

    def find(self, token: str | None) -> LiveSession | None:
        """The live session of a cookie's token; None when ended, expired, idle too long, or the person is not active."""
        if not token or len(token) > 100 or not token.isascii():
            return None
        now = self._clock.now()
        row = self._store.live(digest(token), now)
        if row is None or row.last_seen_at + timedelta(seconds=row.idle_seconds) <= now:
            return None
        if row.last_seen_at <= now - timedelta(minutes=1):
            self._store.touch(row.id, now)
        return LiveSession(
            row.id, row.person_id, row.auth_time, tuple(row.amr.split()), row.acr, row.created_at, row.expires_at,
            row.shared_computer, row.status, row.name, row.username, row.government_code, row.employment_status, row.locale,
        )  # fmt: skip

    def ending(self, token: str | None) -> Ending | None:
        """Why the session of a browser's cookie lives no more; None when nothing is known of it (ASVS 7.3.1, 7.3.2).

        For the page to sign in again, once `find` gave nothing.
        """
        if not token or len(token) > 100 or not token.isascii():
            return None
        row = self._store.past(digest(token))
        if row is None:
            return None
        now = self._clock.now()
        if row.ended_at is not None:
            return of_reason(row.end_reason)
        if row.last_seen_at + timedelta(seconds=row.idle_seconds) <= min(now, row.expires_at):
            return Ending.IDLE
        return Ending.TIME if row.expires_at <= now else Ending.OTHER

    def start(self, actor: Actor, person_id: str, amr: tuple[str, ...], *, shared: bool) -> str:
        """Start a session; gives its token. The caller records it."""
        return self._start(actor, person_id, amr, shared=shared)[0]

    def start_of(self, actor: Actor, account: Account, amr: tuple[str, ...], *, shared: bool) -> tuple[str, LiveSession]:
        """The same for an account that was read in this unit, with what `find` would give: nothing is read anew."""
        token, values = self._start(actor, account.id, amr, shared=shared)
        return token, LiveSession(
            values["id"], account.id, values["auth_time"], amr, values["acr"], values["created_at"], values["expires_at"], shared,
            account.status, account.name, account.username, account.government_code, account.employment_status, account.locale,
        )  # fmt: skip

    def _start(self, actor: Actor, person_id: str, amr: tuple[str, ...], *, shared: bool) -> tuple[str, dict[str, Any]]:
        now, token = self._clock.now(), opaque(self._randomness)
        idle, absolute = self._limits(shared)
        values = {
            "id": new_id(self._randomness, now), "token_digest": digest(token), "person_id": person_id, "auth_time": now,
            "amr": " ".join(amr), "acr": acr_of(amr), "created_at": now, "last_seen_at": now,
            "idle_seconds": int(idle.total_seconds()), "expires_at": now + absolute, "ip": actor.ip,
            "agent": actor.agent[:200] if actor.agent else None, "shared_computer": shared,
        }  # fmt: skip
        self._store.start(**values)
        return token, values

    def renew(self, actor: Actor, session_id: str, person_id: str, amr: tuple[str, ...], *, in_full: bool, shared: bool) -> str | None:
        """A new token for the same session; the old one is dead. None when the session has ended meanwhile.

        in_full: the person proved everything anew, so auth_time and the absolute end move too; at a mere step-up they
        stay, since the password was proved at the older moment.
        """
        now, token = self._clock.now(), opaque(self._randomness)
        values: dict[str, object] = {"token_digest": digest(token), "amr": " ".join(amr), "acr": acr_of(amr), "ip": actor.ip}
        if in_full:
            values |= {"auth_time": now, "expires_at": now + self._limits(shared)[1]}
        return token if self._store.renew(session_id, person_id, now, **values) is not None else None

    def list(self, person_id: str) -> Sequence[BrowserSession]:
        """A person's live sessions, most recently used first."""
        now = self._clock.now()
        found = self._store.of_person(person_id, now)
        return [row for row in found if row.last_seen_at + timedelta(seconds=row.idle_seconds) > now]

    def end(self, actor: Actor, session_id: str, reason: str) -> tuple[str, ...]:
        """End one session; gives its id, or nothing when it had ended."""
        return self._record(actor, reason, self._store.end(self._clock.now(), reason, session_id=session_id))

    def end_all(self, actor: Actor, person_id: str, except_id: str | None = None, reason: str = "ended") -> tuple[str, ...]:
        """End all sessions of a person, but for one; gives the ended ids."""
        ended = self._store.end(self._clock.now(), reason, person_id=person_id, except_id=except_id)
        return self._record(actor, reason, ended)

    def _limits(self, shared: bool) -> tuple[timedelta, timedelta]:
        if shared:
            return min(self._idle, SHARED_IDLE), min(self._absolute, SHARED_ABSOLUTE)
        return self._idle, self._absolute

    def _record(self, actor: Actor, reason: str, ended: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        for session_id, person_id in ended:
            self._audit.record(Tag.SESSION_END, actor, subject=("person", person_id), reason=reason, session=session_id)
        return tuple(session_id for session_id, _ in ended)
