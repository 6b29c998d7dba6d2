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
from idp.authn.passkeys.service import Passkeys, Proved
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
    PASSWORD,
    RANK_OF_CODES,
    RANK_OF_TWO,
    after_passkey,
    has_second_factor,
    is_remembered,
    strength,
)

__all__ = ["SignIn", "SignInService"]

# A password typed longer ago than this does not let anybody enrol a factor (ASVS 7.5.1, attack M6).
FRESH = timedelta(minutes=5)


class SignInService:
    """The steps from a name to a session."""

    def __init__(
        self, store: AuthnStore, people: People, password_check: PasswordCheck, second_factor: SecondFactor, enrolments: Enrolments,
        passwords: Passwords, passkeys: Passkeys, completion: Completion, audit: AuditLog, clock: Clock, randomness: Randomness, *,
        sign_in_minutes: int,
    ) -> None:  # fmt: skip
        self._store = store
        self._people = people
        self._password_check = password_check
        self._second_factor = second_factor
        self._enrolments = enrolments
        self._passwords = passwords
        self._passkeys = passkeys
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

    def passkey(
        self, actor: Actor, *, credential: str, browser: str, device: str | None = None, request_ref: str | None = None,
        return_to: str | None = None, purpose: Purpose = "sign_in", session: LiveSession | None = None, shared_computer: bool = False,
    ) -> Refused | Proceed:  # fmt: skip
        """A passkey alone: the key says whose it is, and it recognised them, so both factors stand at once.

        No password is looked at, so nothing that guesses at passwords can make this wait (attack P3). browser: what asked.
        """
        proved = self._passkeys.prove(actor, credential, browser)
        if isinstance(proved, Refused):
            return proved
        account = self._store.accounts.find("id", proved.passkey.person_id, device_digest(device))
        if account is None:
            return Refused("wrong")
        if not account.active:
            self._record(Tag.SIGN_IN_REFUSE, actor, account, reason=account.status, factor="passkey")
            return Refused("wrong")
        same_person = session is not None and session.person_id == account.id
        row, token = self._open(
            account.id, purpose if same_person else "sign_in", session if same_person else None, after_passkey((), proved.method),
            request_ref, return_to, shared=shared_computer, device=device_digest(device) if account.known_device else None,
        )  # fmt: skip
        self._record(Tag.PASSKEY_PASS, actor, account, purpose=row.purpose, factor_id=proved.passkey.id)
        return Proceed(token, row, account)

    def step_up(
        self, actor: Actor, session: LiveSession, request_ref: str | None, return_to: str | None = None, *,
        pending: SignIn | None = None, required_rank: int = 2,
    ) -> Refused | Proceed:  # fmt: skip
        """The password of the session stands, a second factor is asked for (RFC 9470). A session of a passkey stands as it is.

        pending: the sign-in this browser is in the middle of; it goes on where it is this very step-up, and nothing is written.
        Refused("password_needed"): the person has no factor that could be enough yet and the password is not fresh; enrolling
        one needs it typed again (purpose "reauthenticate").
        """
        person = self._person(session.person_id)
        fresh = session.auth_time > self._clock.now() - FRESH
        able = self._passkeys.has(person.id) if required_rank > RANK_OF_CODES else self._store.has_factor(person.id)
        if not fresh and not able:
            self._record(Tag.FACTOR_REFUSE, actor, person, reason="password_needed")
            return Refused("password_needed")
        if pending is not None and _is_step_up_of(pending, session, request_ref, return_to):
            return Proceed(None, pending)
        # What was proved a moment ago is not asked again; a code of this morning is, before a factor is set up with it.
        stands = PASSWORD not in session.amr or (fresh and not is_remembered(session.amr))
        proved = session.amr if stands else AFTER_PASSWORD
        row, token = self._open(person.id, "step_up", session, proved, request_ref, return_to, shared=session.shared)
        return Proceed(token, row)

    def find(self, token: str | None, *, alone: bool = False) -> SignIn | None:
        """The half-done sign-in of a cookie's token: neither finished nor expired, its person active.

        alone: a form is about to be taken for it: of two that come at once the second waits, and finds what the first one left.
        """
        if not token or len(token) > 100 or not token.isascii():
            return None
        return self._store.sign_ins.find(digest(token), self._clock.now(), alone=alone)

    def stage(self, sign_in: SignIn, required_rank: int, account: Account | None = None) -> Stage:
        """What is due. Who has a second factor always proves it; who has none that is enough enrols one where the rank demands it.

        account: the person's, where this unit has just read it.
        """
        due = self._factor_due(sign_in, min(required_rank, OFFERED_RANK), account)
        if due is not None:
            return due
        return "change_password" if sign_in.needs_password_change else "complete"

    def _factor_due(self, sign_in: SignIn, wanted: int, account: Account | None) -> Stage | None:
        methods, person_id, resistant = sign_in.amr.split(), sign_in.person_id, wanted > RANK_OF_CODES
        enrol: Stage = "enrol_passkey" if resistant else "enrol"
        if sign_in.must_enrol:
            return enrol
        proved = has_second_factor(methods) and not (wanted > RANK_OF_TWO and is_remembered(methods))
        if proved and strength(methods) >= wanted:
            return None
        if account.has_passkey if account is not None else self._passkeys.has(person_id):
            return "passkey"
        if not proved and (account.has_factor if account is not None else self._store.has_factor(person_id)):
            return "code"
        return enrol if strength(methods) < wanted else None

    def code(self, actor: Actor, sign_in: SignIn, code: str) -> Refused | Accepted:
        """A code of the authenticator app."""
        person = self._proving(sign_in)
        return self._took(sign_in, self._second_factor.code(actor, person, code, _known(sign_in)), AFTER_CODE)

    def ask_key(self, sign_in: SignIn) -> dict[str, Any] | None:
        """The question to the person's keys; None when too many are open."""
        return self._passkeys.ask(self._proving(sign_in).id, _place(sign_in))

    def key(self, actor: Actor, sign_in: SignIn, credential: str) -> Refused | Accepted:
        """The answer of one of the person's passkeys or security keys; with the password it is two factors, touch or recognition."""
        person = self._proving(sign_in)
        outcome = self._passkeys.prove(actor, credential, _place(sign_in), person=person)
        if isinstance(outcome, Refused):
            return self._took(sign_in, outcome, ())
        self._record(Tag.FACTOR_PASS, actor, person, factor="passkey", factor_id=outcome.passkey.id)
        return self._took(sign_in, Accepted(), after_passkey(sign_in.amr.split(), outcome.method))

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

    def ask_new_key(self, actor: Actor, sign_in: SignIn) -> dict[str, Any] | None:
        """The question for a new passkey; NotAllowed for somebody who has a factor and has not proved it (attack M3)."""
        return self._passkeys.ask_new(self._enrolling(sign_in, actor), _place(sign_in))

    def enrol_key(self, actor: Actor, sign_in: SignIn, credential: str, name: str) -> Refused | Enrolled:
        """The new passkey; it counts as the second factor of this sign-in."""
        person = self._enrolling(sign_in, actor)
        outcome = self._passkeys.enrol(actor, person, credential, name, _place(sign_in))
        if isinstance(outcome, Proved):
            sign_in.amr, sign_in.must_enrol = " ".join(after_passkey(sign_in.amr.split(), outcome.method)), False
            self._store.sign_ins.flush()
            return self._enrolments.codes_for(actor, person)
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
        methods = sign_in.amr.split()
        proved = has_second_factor(methods) and not is_remembered(methods)
        # must_enrol is set only after a code of the agency.
        if self._store.has_factor(person.id) and not proved and not sign_in.must_enrol:
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


def _place(sign_in: SignIn) -> str:
    return f"sign_in:{sign_in.id}"


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
