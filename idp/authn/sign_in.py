"""Signing in: password, then whatever the demanded rank asks for, then a session.

Each step is one verb; `stage` says which is due. A half-done sign-in is a row of its own behind a cookie of its own, so nothing that
asks for a session can ever take it for one (attack M3).
"""

from datetime import timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.accounts.account import Account
from idp.authn.browsers.devices import device_digest
from idp.authn.completion import Completion
from idp.authn.enrolment import Enrolments
from idp.authn.models import SignIn
from idp.authn.password_check import PasswordCheck
from idp.authn.passwords import Passwords
from idp.authn.results import Accepted, Changed, Enrolled, Enrolment, Proceed, Purpose, Refused, SessionStarted, Stage
from idp.authn.second_factor import SecondFactor
from idp.authn.sessions import LiveSession
from idp.authn.store import AuthnStore
from idp.directory.models import Person
from idp.directory.people import People
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, NotAllowed
from idp.kernel.randomness import Randomness, digest, new_id, opaque
from idp.policy.assurance import (
    AFTER_CODE,
    AFTER_PASSWORD,
    AFTER_RECOVERY_CODE,
    OFFERED_RANK,
    acr_of,
    has_second_factor,
    rank,
)

__all__ = ["SignIn", "SignInService"]

# A password typed longer ago than this does not let anybody enrol a factor (ASVS 7.5.1, attack M6).
FRESH = timedelta(minutes=5)


class SignInService:
    """The steps from a name to a session."""

    def __init__(
        self, store: AuthnStore, people: People, password_check: PasswordCheck, second_factor: SecondFactor, enrolments: Enrolments,
        passwords: Passwords, completion: Completion, audit: AuditLog, clock: Clock, randomness: Randomness, *, sign_in_minutes: int,
    ) -> None:  # fmt: skip
        self._store = store
        self._people = people
        self._password_check = password_check
        self._second_factor = second_factor
        self._enrolments = enrolments
        self._passwords = passwords
        self._completion = completion
        self._audit = audit
        self._clock = clock
        self._randomness = randomness
        self._life = timedelta(minutes=sign_in_minutes)

    def password(
        self, actor: Actor, *, username: str, password: str, device: str | None = None, request_ref: str | None = None,
        return_to: str | None = None, purpose: Purpose = "sign_in", session: LiveSession | None = None, shared_computer: bool = False,
    ) -> Refused | Proceed:  # fmt: skip
        """Check name and password; the answer and its cost are the same for every name that does not get in.

        device: the device cookie; session: the live one of this browser, if any. Commits before it hashes.
        """
        outcome = self._password_check.check(actor, username, password, device_digest(device))
        if isinstance(outcome, Refused):
            return outcome
        account = outcome.account
        same_person = session is not None and session.person_id == account.id
        row, token = self._open(
            account.id, purpose if same_person else "sign_in", session if same_person else None, AFTER_PASSWORD, request_ref, return_to,
            shared=shared_computer, device=outcome.device, must_change=self._passwords.is_due(account.must_change, account.changed_at),
        )  # fmt: skip
        self._record(Tag.PASSWORD_PASS, actor, account, purpose=row.purpose)
        return Proceed(token, row, account)

    def step_up(
        self, actor: Actor, session: LiveSession, request_ref: str | None, return_to: str | None = None, *, pending: SignIn | None = None
    ) -> Refused | Proceed:
        """The password of the session stands, a second factor is asked for (RFC 9470).

        pending: the sign-in this browser is in the middle of; it goes on where it is this very step-up, and nothing is written.
        Refused("password_needed"): the person has no second factor yet and the password is not fresh; enrolling one
        needs it typed again (purpose "reauthenticate").
        """
        person = self._person(session.person_id)
        fresh = session.auth_time > self._clock.now() - FRESH
        if not fresh and not self._store.has_factor(person.id):
            self._record(Tag.FACTOR_REFUSE, actor, person, reason="password_needed")
            return Refused("password_needed")
        if pending is not None and _is_step_up_of(pending, session, request_ref, return_to):
            return Proceed(None, pending)
        row, token = self._open(person.id, "step_up", session, AFTER_PASSWORD, request_ref, return_to, shared=session.shared)
        return Proceed(token, row)

    def find(self, token: str | None) -> SignIn | None:
        """The half-done sign-in of a cookie's token: neither finished nor expired, its person active."""
        if not token or len(token) > 100 or not token.isascii():
            return None
        return self._store.sign_ins.find(digest(token), self._clock.now())

    def stage(self, sign_in: SignIn, required_rank: int, account: Account | None = None) -> Stage:
        """What is due. Who has a second factor always proves it; who has none enrols one where the rank demands it.

        account: the person's, where this unit has just read it.
        """
        if not has_second_factor(sign_in.amr.split()):
            if account.has_factor if account is not None else self._store.has_factor(sign_in.person_id):
                return "code"
            if rank(acr_of(sign_in.amr.split())) < min(required_rank, OFFERED_RANK):
                return "enrol"
        if sign_in.must_enrol:
            return "enrol"
        return "change_password" if sign_in.needs_password_change else "complete"

    def code(self, actor: Actor, sign_in: SignIn, code: str) -> Refused | Accepted:
        """A code of the authenticator app."""
        person = self._proving(sign_in)
        return self._took(sign_in, self._second_factor.code(actor, person, code, _known(sign_in)), AFTER_CODE)

    def recovery_code(self, actor: Actor, sign_in: SignIn, code: str) -> Refused | Accepted:
        """A recovery code in place of the app."""
        person = self._proving(sign_in)
        return self._took(sign_in, self._second_factor.recovery_code(actor, person, code, _known(sign_in)), AFTER_RECOVERY_CODE)

    def agency_code(self, actor: Actor, sign_in: SignIn, code: str) -> Refused | Accepted:
        """A single-use code of the agency: whoever used it has lost what they proved with, so a new factor is due."""
        person = self._proving(sign_in)
        outcome = self._second_factor.agency_code(actor, person, code, _known(sign_in))
        if isinstance(outcome, Accepted):
            sign_in.must_enrol = True
        return self._took(sign_in, outcome, AFTER_RECOVERY_CODE)

    def begin_enrolment(self, actor: Actor, sign_in: SignIn) -> Enrolment:
        """The key to set up; NotAllowed for somebody who has a factor and has not proved it (attack M3)."""
        return self._enrolments.begin(sign_in, self._enrolling(sign_in, actor))

    def confirm_enrolment(self, actor: Actor, sign_in: SignIn, code: str, name: str) -> Refused | Enrolled:
        """The first code of the new app; it counts as the second factor of this sign-in."""
        outcome = self._enrolments.confirm(actor, sign_in, self._enrolling(sign_in, actor), code, name)
        if isinstance(outcome, Enrolled):
            sign_in.amr, sign_in.must_enrol = " ".join(AFTER_CODE), False
            self._store.sign_ins.flush()
        return outcome

    def change_password(self, actor: Actor, sign_in: SignIn, new_password: str) -> Changed:
        """A password of one's own where one is due; raises Invalid with the reason. The caller leaves the other sessions."""
        if self.stage(sign_in, 1) != "change_password":
            raise NotAllowed("sign_in.incomplete", "the sign-in is not at this step")
        person = self._person(sign_in.person_id)
        prepared = self._passwords.prepare(person, new_password)
        sign_in.needs_password_change = False
        return self._passwords.put(actor, person, prepared, sign_in_id=sign_in.id, device=sign_in.device_digest)

    def complete(
        self, actor: Actor, sign_in: SignIn, current: LiveSession | None, *, required_rank: int = 1, account: Account | None = None
    ) -> SessionStarted:
        """Turn a sign-in whose every stage is passed into a session, once; current: the live session of this browser.

        account: the person's, where this unit has just read it.

        Raises NotAllowed when a stage is still due, Conflict when it was completed already or its session has ended.
        """
        account = account or self._store.accounts.find("id", sign_in.person_id)
        if account is None or not account.active:
            raise _inactive()
        if self.stage(sign_in, required_rank, account) != "complete":
            raise NotAllowed("sign_in.incomplete", "a step of the sign-in is still due")
        return self._completion.complete(actor, sign_in, account, current)

    def _open(
        self, person_id: str, purpose: Purpose, session: LiveSession | None, amr: tuple[str, ...], request_ref: str | None,
        return_to: str | None, *, shared: bool, device: bytes | None = None, must_change: bool = False,
    ) -> tuple[SignIn, str]:  # fmt: skip
        now, token = self._clock.now(), opaque(self._randomness)
        row = SignIn(
            id=new_id(self._randomness, now), token_digest=digest(token), person_id=person_id, purpose=purpose,
            session_id=session.id if session else None, request_ref=request_ref, return_to=_kept(return_to),
            amr=" ".join(amr), device_digest=device, created_at=now, expires_at=now + self._life,
            needs_password_change=must_change, shared_computer=shared, failures=0,
        )  # fmt: skip
        self._store.sign_ins.add(row)
        return row, token

    def _took(self, sign_in: SignIn, outcome: Refused | Accepted, amr: tuple[str, ...]) -> Refused | Accepted:
        if isinstance(outcome, Accepted):
            sign_in.amr = " ".join(amr)
        else:
            sign_in.failures += 1
        self._store.sign_ins.flush()
        return outcome

    def _proving(self, sign_in: SignIn) -> Person:
        if sign_in.finished_at is not None:
            raise Conflict("sign_in.finished", "this sign-in is finished")
        return self._person(sign_in.person_id)

    def _enrolling(self, sign_in: SignIn, actor: Actor) -> Person:
        person = self._proving(sign_in)
        if self._store.has_factor(person.id) and not sign_in.must_enrol:  # set only after a code of the agency
            self._record(Tag.FACTOR_REFUSE, actor, person, reason="prove_first")
            raise NotAllowed("factor.prove_first", "the person has a second factor: it must be proved first")
        return person

    def _person(self, person_id: str) -> Person:
        person = self._people.get(person_id)
        if person is None or person.status != "active":
            raise _inactive()
        return person

    def _record(self, tag: Tag, actor: Actor, person: Person | Account, **details: Any) -> None:
        self._audit.record(tag, actor, subject=("person", person.id), government=person.government_code, **details)


def _inactive() -> NotAllowed:
    return NotAllowed("access.status", "the account is not active")


def _kept(return_to: str | None) -> str | None:
    return return_to[:2000] if return_to else None


def _is_step_up_of(pending: SignIn, session: LiveSession, request_ref: str | None, return_to: str | None) -> bool:
    same_person = (pending.purpose, pending.person_id, pending.session_id) == ("step_up", session.person_id, session.id)
    return same_person and (pending.request_ref, pending.return_to) == (request_ref, _kept(return_to))


def _known(sign_in: SignIn) -> bytes | None:
    """What gives this sign-in a budget of failures of its own: the known device, or the session that steps up."""
    if sign_in.device_digest is not None:
        return sign_in.device_digest
    return digest(f"session:{sign_in.session_id}") if sign_in.purpose == "step_up" else None
