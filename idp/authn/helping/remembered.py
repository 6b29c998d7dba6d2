"""Remembered devices: after a full sign-in a browser may leave the second factor out for some days, where policy allows it.

The token is exchanged at every use; one that was exchanged before shows that somebody copied it, and ends the device
(the reuse detection of RFC 9700 section 4.14.2). It is bound to the account, to the kind of browser and to the rules as they stood.
It never stands for the password, nor for a fresh proof (`policy.assurance.is_remembered`).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.accounts.account import Account
from idp.authn.models import RememberedDevice, SignIn
from idp.authn.notices import Notices
from idp.authn.store import AuthnStore
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.agents import describe
from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness, digest, new_id, opaque, same
from idp.policy.assurance import AFTER_REMEMBERED
from idp.policy.second_factor import Remembering

# A second tab that was sent with the token of the first: asked for the code, and no thief.
_RACE = timedelta(seconds=10)


class Remembered:
    """Remembers, recognises, forgets."""

    def __init__(self, store: AuthnStore, audit: AuditLog, notices: Notices, clock: Clock, randomness: Randomness) -> None:
        self._store = store.remembered
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._randomness = randomness

    def remember(self, actor: Actor, person: Person, allowed: Remembering) -> str | None:
        """A token for this browser, whose person just proved two factors; None where policy does not allow it."""
        if allowed.days <= 0:
            return None
        now, secret = self._clock.now(), opaque(self._randomness)
        row = RememberedDevice(
            id=new_id(self._randomness, now), person_id=person.id, digest=digest(secret), policy=allowed.version,
            browser=_browser(actor), created_at=now, rotated_at=now, expires_at=now + timedelta(days=allowed.days),
        )  # fmt: skip
        self._store.add(row)
        self._record(Tag.REMEMBERED_ADD, actor, person, device=row.id, days=allowed.days)
        return f"{row.id}.{secret}"

    def recognise(self, actor: Actor, sign_in: SignIn, account: Account, token: str, allowed: Remembering) -> str | None:
        """Let a remembered device stand for the second factor of a sign-in whose password was right; gives the next token.

        None: it does not, and the second factor is asked for. A token that was used before ends the device.
        """
        device_id, _, secret = token.partition(".")
        if sign_in.purpose != "sign_in" or sign_in.shared_computer or len(token) > 100 or not token.isascii():
            return None
        row, now = self._store.find(device_id, account.id), self._clock.now()
        if row is None or row.ended_at is not None or row.expires_at <= now:
            return None
        old = digest(secret)
        if not same(row.digest, old):
            if now - row.rotated_at > _RACE:
                self._stolen(actor, account, row)
            return None
        reason = self._problem(actor, row, allowed)
        if reason is not None:
            self._refuse(actor, account, row, reason)
            return None
        fresh = opaque(self._randomness)
        if not self._store.rotate(row.id, old, digest(fresh), now):
            return None
        sign_in.amr = " ".join(AFTER_REMEMBERED)
        self._record(Tag.REMEMBERED_USE, actor, account, device=row.id)
        return f"{row.id}.{fresh}"

    def list(self, person_id: str) -> Sequence[RememberedDevice]:
        """The remembered devices of a person."""
        return self._store.of_person(person_id, self._clock.now())

    def forget(self, actor: Actor, person_id: str, reason: str, *, device_id: str | None = None) -> int:
        """Forget one device, or all; gives how many, and records it where there was one."""
        count = self._store.end(person_id, self._clock.now(), reason, device_id=device_id)
        if count:
            self._audit.record(Tag.REMEMBERED_FORGET, actor, subject=("person", person_id), reason=reason, count=count, device=device_id)
        return count

    def prune(self, *, limit: int) -> int:
        """Delete what expired a month ago, at most `limit` rows; gives how many."""
        return self._store.prune(self._clock.now() - timedelta(days=30), limit)

    def _problem(self, actor: Actor, row: RememberedDevice, allowed: Remembering) -> str | None:
        # The days are those of the rules as they stand now, counted from the first proof, whatever the row says.
        if allowed.days <= 0 or row.created_at + timedelta(days=allowed.days) <= self._clock.now():
            return "policy"
        if row.policy != allowed.version:
            return "policy_changed"
        return None if row.browser == _browser(actor) else "another_browser"

    def _stolen(self, actor: Actor, account: Account, row: RememberedDevice) -> None:
        now = self._clock.now()
        self._store.end(account.id, now, "reused", device_id=row.id)
        self._record(Tag.REMEMBERED_REFUSE, actor, account, device=row.id, reason="reused")
        self._notices.tell(account, "device_copied", at=now.isoformat(), ip=actor.ip, agent=actor.agent)

    def _refuse(self, actor: Actor, account: Account, row: RememberedDevice, reason: str) -> None:
        if reason != "policy":  # another application may allow it: the device stays
            self._store.end(account.id, self._clock.now(), reason, device_id=row.id)
        self._record(Tag.REMEMBERED_REFUSE, actor, account, device=row.id, reason=reason)

    def _record(self, tag: Tag, actor: Actor, person: Person | Account, **details: Any) -> None:
        self._audit.record(tag, actor, subject=("person", person.id), government=person.government_code, **details)


def _browser(actor: Actor) -> str:
    """Kind of browser and system: an update of either changes nothing, a copy to another machine usually does."""
    return " / ".join(word or "?" for word in describe(actor.agent))[:60]
