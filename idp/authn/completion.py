"""The last step: a proved sign-in becomes a session, exactly once."""

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.models import KnownDevice, SignIn
from idp.authn.notices import Notices
from idp.authn.results import SessionStarted
from idp.authn.sessions import LiveSession, Sessions
from idp.authn.store import AuthnStore
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict
from idp.kernel.randomness import Randomness, digest, opaque
from idp.policy.assurance import has_second_factor


class Completion:
    """Starts or renews the session, and remembers the device."""

    def __init__(
        self, store: AuthnStore, sessions: Sessions, audit: AuditLog, notices: Notices, clock: Clock, randomness: Randomness
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._randomness = randomness

    def complete(self, actor: Actor, sign_in: SignIn, person: Person, current: LiveSession | None) -> SessionStarted:
        """The same person keeps the session's id (`sid`) under a new token; anybody else gets a session of their own."""
        if not self._store.sign_ins.claim(sign_in.id, self._clock.now()):
            raise Conflict("sign_in.finished", "this sign-in was completed or has expired")
        mine = current if current is not None and current.person_id == person.id else None
        if sign_in.purpose == "step_up" and (mine is None or mine.id != sign_in.session_id):
            # Its password was proved by that session alone: without it nothing stands.
            raise Conflict("sign_in.session_gone", "the session that was to be strengthened has ended")
        amr = tuple(sign_in.amr.split())
        token = self._renewed(actor, sign_in, person, mine, amr) if mine else None
        tag = Tag.SESSION_STEP_UP if token else Tag.SESSION_START
        if token is None:
            token = self._sessions.start(actor, person.id, amr, shared=sign_in.shared_computer)
        session = self._sessions.find(token)
        if session is None:
            raise Conflict("sign_in.session_gone", "the session ended at once")
        self._audit.record(
            tag, actor, subject=("person", person.id), government=person.government_code, session=session.id, acr=session.acr,
            purpose=sign_in.purpose,
        )  # fmt: skip
        replaced = current.id if current is not None and mine is None else None
        return SessionStarted(token, session, self._device(actor, sign_in, person), replaced is not None, replaced)

    def _renewed(
        self, actor: Actor, sign_in: SignIn, person: Person, mine: LiveSession, amr: tuple[str, ...]
    ) -> str | None:
        in_full = sign_in.purpose != "step_up"
        token = self._sessions.renew(actor, mine.id, person.id, amr, in_full=in_full, shared=mine.shared)
        if token is None and not in_full:
            raise Conflict("sign_in.session_gone", "the session that was to be strengthened has ended")
        return token

    def _device(self, actor: Actor, sign_in: SignIn, person: Person) -> str | None:
        """A token for a device that is new; None for a known one, a shared one, and at a mere step-up."""
        now = self._clock.now()
        if sign_in.device_digest is not None:
            self._store.sessions.device_used(sign_in.device_digest, now)
            return None
        if sign_in.shared_computer or sign_in.purpose == "step_up":
            return None
        others = self._store.sessions.has_devices(person.id)
        token = opaque(self._randomness)
        self._store.sessions.add(KnownDevice(digest=digest(token), person_id=person.id, created_at=now, last_used_at=now))
        if others:
            two = has_second_factor(sign_in.amr.split())
            self._notices.tell(person, "new_device", at=now.isoformat(), ip=actor.ip, agent=actor.agent, two_factors=two)
        return token
