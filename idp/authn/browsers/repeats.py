"""A form of a half-done sign-in that comes twice (pressed twice, sent again) is answered as it was the first time.

Of two clicks the browser keeps the second answer only. The first one used the code up, so without this its person would be told
that the right code is wrong. What was answered is kept with the sign-in, sealed under a secret that the browser alone brings again
with the same form: the token of the sign-in, the browser's own cookie, and what was sent. Neither the database nor the data keys open
it, and nobody else's form does (attack M1).
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from idp.authn.browsers.store import SignInStore
from idp.authn.models import SignIn
from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness, digest
from idp.kernel.sealing import CannotOpen, open_under, seal_under

# How long an answer may be given again. Longer than a page takes to load, shorter than anybody takes to come by the cookies.
WINDOW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A sign-in of this browser whose form came again. answer: what it was answered, None when that is over or another form was sent."""

    person_id: str
    request_ref: str | None
    return_to: str | None
    finished: bool
    answer: dict[str, Any] | None


class Repeats:
    """Keeps answers and gives them again."""

    def __init__(self, store: SignInStore, clock: Clock, randomness: Randomness) -> None:
        self._store = store
        self._clock = clock
        self._randomness = randomness

    def keep(self, sign_in: SignIn, token: str, sent: str, answer: dict[str, Any]) -> None:
        """Remember what a form was answered. token: of the sign-in; sent: the form, and the browser that sent it."""
        sealed = seal_under(_secret(token, sent), json.dumps(answer).encode(), self._randomness)
        self._store.answered(sign_in.id, sealed, self._clock.now())

    def find(self, token: str | None, sent: str) -> Repeat | None:
        """The sign-in of a cookie's token, and what the same form was answered moments ago; None when there is none."""
        if not token or len(token) > 100 or not token.isascii():
            return None
        row = self._store.last_answer(digest(token))
        if row is None:
            return None
        now = self._clock.now()
        answer = _opened(row.answer, token, sent) if row.answer and now - row.answered_at <= WINDOW else None
        return Repeat(row.person_id, row.request_ref, row.return_to, row.finished_at is not None, answer)


def _opened(sealed: bytes, token: str, sent: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(open_under(_secret(token, sent), sealed))
    except CannotOpen:
        return None
    return found


def _secret(token: str, sent: str) -> bytes:
    return f"{token}\0{sent}".encode()
