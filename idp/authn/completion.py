"""The last step: a proved sign-in becomes a session, exactly once."""

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.accounts.account import Account
from idp.authn.alarms import Alarms
from idp.authn.models import SignIn
from idp.authn.notices import Notices
from idp.authn.results import SessionStarted
from idp.authn.sessions import LiveSession, Sessions
from idp.authn.store import AuthnStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict
from idp.kernel.randomness import Randomness, digest, opaque
from idp.policy.assurance import has_second_factor, is_remembered, strength


class Completion:
    """Starts or renews the session, and remembers the device."""

    def __init__(
        self, store: AuthnStore, sessions: Sessions, audit: AuditLog, notices: Notices, clock: Clock, randomness: Randomness, *,
        alarms: Alarms,
    ) -> None:  # fmt: skip
        self._store = store
        self._sessions = sessions
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._randomness = randomness
        self._alarms = alarms

    def complete(self, actor: Actor, sign_in: SignIn, account: Account, current: LiveSession | None) -> SessionStarted:
        """The same person keeps the session's id (`sid`) under a new token; anybody else gets a session of their own."""
        now, rows = self._clock.now(), self._store.sign_ins
        if not (rows.finish_unwritten(sign_in, now) or rows.claim(sign_in.id, now)):
            raise Conflict("sign_in.finished", "this sign-in was completed or has expired")
        mine = current if current is not None and current.person_id == account.id else None
        if sign_in.purpose == "step_up" and (mine is None or mine.id != sign_in.session_id):
            # Its password was proved by that session alone: without it nothing stands.
            raise Conflict("sign_in.session_gone", "the session that was to be strengthened has ended")
        amr = tuple(sign_in.amr.split())
        renewed = self._renewed(actor, sign_in, account, mine, amr) if mine else None
        tag = Tag.SESSION_STEP_UP if renewed else Tag.SESSION_START
        token, session = renewed or self._sessions.start_of(actor, account, amr, shared=sign_in.shared_computer)
        self._audit.record(
            tag, actor, subject=("person", account.id), government=account.government_code, session=session.id, acr=session.acr,
            purpose=sign_in.purpose,
        )  # fmt: skip
        replaced = current.id if current is not None and mine is None else None
        return SessionStarted(token, session, self._device(actor, sign_in, account, session.id), replaced is not None, replaced)

    def _renewed(
        self, actor: Actor, sign_in: SignIn, account: Account, mine: LiveSession, amr: tuple[str, ...]
    ) -> tuple[str, LiveSession] | None:
        in_full = sign_in.purpose != "step_up"
        if not in_full and strength(amr) < strength(mine.amr) and not is_remembered(mine.amr):
            amr = mine.amr  # a step up never leads down
        token = self._sessions.renew(actor, mine.id, account.id, amr, in_full=in_full, shared=mine.shared)
        session = self._sessions.find(token)
        if token is not None and session is not None:
            return token, session
        if token is not None or not in_full:
            raise Conflict("sign_in.session_gone", "the session that was to go on has ended")
        return None

    def _device(self, actor: Actor, sign_in: SignIn, account: Account, session_id: str) -> str | None:
        """A token for a device that is new; None for a known one, a shared one, and at a mere step-up.

        The person is told of every unknown device (ASVS 6.3.5), of a shared one too: a thief can tick that box.
        """
        now = self._clock.now()
        if sign_in.device_digest is not None:
            self._store.sessions.device_used(sign_in.device_digest, now)
            return None
        if sign_in.purpose == "step_up":
            return None
        if account.has_devices and account.email:
            two, link = has_second_factor(sign_in.amr.split()), self._alarms.link(account.id, session_id)
            self._notices.tell(account, "new_device", at=now.isoformat(), ip=actor.ip, agent=actor.agent, two_factors=two, link=link)
        if sign_in.shared_computer:
            return None
        token = opaque(self._randomness)
        self._store.sessions.remember_device(digest(token), account.id, now)
        return token
