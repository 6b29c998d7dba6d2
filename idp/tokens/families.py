"""Refresh: one family a grant, one live token a family (RFC 6749 section 6, RFC 9700 section 4.14)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.tokens import refresh as refresh_tokens
from idp.tokens.book import Book
from idp.tokens.view import GrantView, Refused

RETRY_WINDOW = timedelta(seconds=10)
RETRY_PAUSE_SECONDS = 0.4
_TOUCH_EVERY = timedelta(hours=1)


def _anyone(_grant: GrantView) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A refresh that was granted: the family and the refresh token the client holds from now on."""

    grant: GrantView
    refresh_token: str


class Families(Book):
    """The part of the ledger that knows refresh tokens."""

    def refresh_token(self, grant: GrantView) -> str | None:
        """The refresh token of the grant's present generation; None when the family has none."""
        if grant.generation is None:
            return None
        return refresh_tokens.make(self._sealer, grant.id, grant.code_digest, grant.generation)

    def find_by_refresh_token(self, token: str) -> tuple[GrantView, bool] | None:
        """The grant a genuine refresh token belongs to, and whether the token is the present one of its family."""
        presented = refresh_tokens.parse(token)
        if presented is None:
            return None
        grant = self._store.by_id(presented.grant_id, self._clock.now())
        if grant is None or grant.generation is None or not refresh_tokens.proves(self._sealer, presented, grant.code_digest):
            return None
        return grant, presented.generation == grant.generation

    def is_idle(self, grant: GrantView) -> bool:
        """True when the refresh token was not used for longer than it may rest."""
        last = grant.refreshed_at or grant.code_used_at or grant.created_at
        return last + timedelta(days=self._lifetimes.refresh_idle_days) <= self._clock.now()

    def refresh(
        self, actor: Actor, token: str, *, client_id: str, rotates: bool, admit: Callable[[GrantView], str | None] = _anyone
    ) -> Refreshed | Refused:
        """Use a refresh token. rotates: public clients get a successor each time, confidential ones keep theirs.

        admit: looks at the grant before the token is used, and gives a reason to refuse (it may raise too).

        One use wins. A second presentation within 10 s is given the same successor when it stays the only one and the
        successor is still unused (a lost answer, retried); any other reuse revokes the family (RFC 9700 section 4.14.2).
        """
        found, now = self.find_by_refresh_token(token), self._clock.now()
        presented = refresh_tokens.parse(token)
        if found is None or presented is None:
            self._audit.record(Tag.TOKEN_REFUSE, actor, client_id=client_id, reason="unknown")
            return Refused("unknown")
        grant, _ = found
        if grant.client_id != client_id:
            return self._refuse_refresh(actor, grant, "wrong_client")
        trouble = admit(grant) or grant.trouble(now) or ("idle" if self.is_idle(grant) else None)
        if trouble:
            return self._refuse_refresh(actor, grant, trouble)
        if not rotates:
            return self._keep(actor, grant, presented.generation, token)
        if presented.generation == grant.generation and self._store.advance(grant.id, presented.generation, now):
            self._note(Tag.TOKEN_REFRESH, actor, grant, generation=presented.generation + 1)
            return self._successor(grant, presented.generation + 1)
        again = self._store.by_id(grant.id, now)
        return self._presented_again(actor, again or grant, presented.generation)

    def _keep(self, actor: Actor, grant: GrantView, generation: int, token: str) -> Refreshed | Refused:
        if generation != grant.generation:
            return self._refuse_refresh(actor, grant, "unknown")
        now = self._clock.now()
        if now - (grant.refreshed_at or grant.created_at) > _TOUCH_EVERY:
            self._store.touch(grant.id, now)
        self._note(Tag.TOKEN_REFRESH, actor, grant, generation=generation)
        return Refreshed(grant, token)

    def _presented_again(self, actor: Actor, grant: GrantView, presented: int) -> Refreshed | Refused:
        now = self._clock.now()
        trouble = grant.trouble(now)
        if trouble:
            return self._refuse_refresh(actor, grant, trouble)
        current = grant.generation or 0
        recent = grant.refreshed_at is not None and abs(now - grant.refreshed_at) <= RETRY_WINDOW
        if presented > current:
            return self._refuse_refresh(actor, grant, "unknown")
        if presented == current - 1 and recent:
            count = self._store.count_retry(grant.id, current)
            if count is not None:
                return self._retry(actor, grant, current, count)
        self._store.revoke("refresh_reuse", now, grant_id=grant.id)
        self._note(Tag.TOKEN_REUSE, actor, grant, generation=presented)
        return Refused("reuse")

    def _retry(self, actor: Actor, grant: GrantView, current: int, count: int) -> Refreshed | Refused:
        self._note(Tag.TOKEN_RETRY, actor, grant, generation=current, count=count)
        if count > 1:
            return Refused("retried_often")
        self._store.checkpoint()
        self._pause(RETRY_PAUSE_SECONDS)
        later = self._store.by_id(grant.id, self._clock.now())
        if later is None or later.generation != current or later.retries != 1 or later.trouble(self._clock.now()):
            return self._refuse_refresh(actor, grant, "retried_often")
        self._note(Tag.TOKEN_REFRESH, actor, grant, generation=current, retry=True)
        return self._successor(later, current)

    def _successor(self, grant: GrantView, generation: int) -> Refreshed:
        return Refreshed(grant, refresh_tokens.make(self._sealer, grant.id, grant.code_digest, generation))

    def _refuse_refresh(self, actor: Actor, grant: GrantView, reason: str) -> Refused:
        self._note(Tag.TOKEN_REFUSE, actor, grant, reason=reason)
        return Refused(reason)
