"""The link of a letter about a new device: "this was not me". It ends one session and locks the password; it opens nothing.

A random token kept as its digest is as unforgeable as a signature, and can be spent once and die early besides. A week long, because
letters are read late; by then the session itself has long ended, and what remains is to lock the password and to tell the government.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.authn.models import OneTimeLink
from idp.authn.store import AuthnStore
from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness, digest, new_id, opaque

LIVES = timedelta(days=7)
_KIND = "not_me"


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a person says was not them: the session that started then, as it was seen."""

    person_id: str
    session_id: str
    at: datetime | None
    ip: str | None
    agent: str | None


class Alarms:
    """Makes, opens and spends these links; what follows from one is `interaction.not_me`."""

    def __init__(self, store: AuthnStore, clock: Clock, randomness: Randomness, *, issuer: str) -> None:
        self._store, self._clock, self._randomness, self._issuer = store, clock, randomness, issuer

    def link(self, person_id: str, session_id: str) -> str:
        """The address for the letter about this session; the session start beside it is recorded."""
        now, token = self._clock.now(), opaque(self._randomness)
        self._store.promise_link(
            OneTimeLink(
                id=new_id(self._randomness, now), kind=_KIND, digest=digest(token), person_id=person_id, session_id=session_id,
                created_at=now, expires_at=now + LIVES,
            )
        )  # fmt: skip
        return f"{self._issuer}/not-me/{token}"

    def open(self, token: str) -> Alarm | None:
        """What a link is about, while it works; looking spends nothing (mail scanners look too)."""
        if not token or len(token) > 100 or not token.isascii():
            return None
        found = self._store.open_link(_KIND, digest(token), self._clock.now())
        if found is None or found.person_id is None or found.session_id is None:
            return None
        return self.about(found.person_id, found.session_id)

    def claim(self, token: str) -> Alarm | None:
        """Spend a link, once."""
        alarm = self.open(token)
        if alarm is None or self._store.claim_link(_KIND, digest(token), self._clock.now()) is None:
            return None
        return alarm

    def about(self, person_id: str, session_id: str) -> Alarm:
        """A session of this person as an alarm; the row of one that ended long ago may be gone."""
        row = self._store.session_of(session_id, person_id)
        return Alarm(person_id, session_id, row.created_at if row else None, row.ip if row else None, row.agent if row else None)
