"""The authn room on a test's own database: cheap hashes, a gate of its own, a person of Kota Medan."""

from dataclasses import dataclass, field

import pyotp
import pytest

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.authn.assembly import Authn, AuthnOptions
from idp.authn.blocklist import Blocklist
from idp.authn.hashing import HashGate, PasswordHasher
from idp.authn.results import Proceed, SessionStarted
from idp.authn.store import AuthnStore
from idp.directory.orgs import Organisations
from idp.directory.people import NewPerson, People
from idp.directory.store import DirectoryStore
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.sealing import Sealer
from idp.outbox.queue import Outbox
from idp.outbox.store import OutboxStore

PASSWORD = "kuda-laut-menari-di-danau"
NIP = "198609262009012001"
HERE = Actor("anonymous", ip="192.0.2.7", agent="test")
ELSEWHERE = Actor("anonymous", ip="198.51.100.9", agent="test")
_BLOCKLIST = Blocklist()


class RecordingOutbox(Outbox):
    """The real outbox, which also remembers what it was given, in order."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self.payloads = []

    def put(self, kind, payload, *, due_at=None):
        self.payloads.append(payload)
        return super().put(kind, payload, due_at=due_at)


@dataclass
class House:
    """One unit of work's services."""

    session: object
    clock: object
    randomness: object
    sealer: Sealer
    hasher: PasswordHasher
    demanded: set = field(default_factory=set)
    options: AuthnOptions = field(default_factory=lambda: AuthnOptions("https://sso.test", "SSO Sumatera Utara"))

    def __post_init__(self):
        directory = DirectoryStore(self.session, self.sealer)
        self.audit = AuditLog(AuditStore(self.session), self.clock)
        self.people = People(directory, self.audit, self.clock, self.randomness, self.sealer)
        self.organisations = Organisations(directory, self.audit, self.clock, self.randomness)
        self.store = AuthnStore(self.session)
        self.outbox = RecordingOutbox(OutboxStore(self.session), self.sealer, self.clock, self.randomness)
        self.authn = Authn(
            self.store, self.people, self.audit, self.outbox, self.hasher, _BLOCKLIST, self.sealer, self.clock, self.randomness,
            self.options, demanded=lambda person_id: person_id in self.demanded,
        )  # fmt: skip

    def __getattr__(self, name):
        return getattr(self.authn, name)

    def person(self, username="rina", *, status="active", password=PASSWORD, **values):
        new = NewPerson(username=username, name=values.pop("name", "Rina Siregar"), status=status, **values)
        person = self.people.create(OPERATOR, new)
        if password:
            self.passwords.set(OPERATOR, person, password)
        return person

    def totp(self, person):
        """An authenticator of this person, which shows codes by the frozen clock."""
        return pyotp.TOTP(self.factors.enrol_for(OPERATOR, person).secret)

    def now_code(self, totp, *, steps=0):
        return totp.at(int(self.clock.now().timestamp()) + 30 * steps)

    def try_password(self, password=PASSWORD, username="rina", actor=HERE, **values):
        return self.sign_in.password(actor, username=username, password=password, **values)

    def sign_in_fully(self, totp=None, actor=HERE, current=None, **values) -> SessionStarted:
        proceed = self.try_password(actor=actor, **values)
        assert isinstance(proceed, Proceed), proceed
        if totp is not None:
            self.clock.advance(seconds=60)
            outcome = self.sign_in.code(actor, proceed.sign_in, self.now_code(totp))
            assert not hasattr(outcome, "reason"), outcome
        return self.sign_in.complete(actor, proceed.sign_in, current)

    def events(self, person):
        from sqlalchemy import select

        from idp.audit.models import AuditEvent

        rows = self.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == person.id).order_by(AuditEvent.id))
        return [(row.tag, row.details) for row in rows]

    def letters(self):
        """Every letter queued so far, in order: (to, letter, params)."""
        return [(payload["to"], payload["letter"], payload["params"]) for payload in self.outbox.payloads]


@pytest.fixture(scope="session")
def hasher(tmp_path_factory):
    gate = HashGate(2, 5.0, tmp_path_factory.mktemp("gate"))
    return PasswordHasher(64, 1, 1, gate)


@pytest.fixture
def sealer(randomness):
    return Sealer([bytes(range(32))], randomness)


@pytest.fixture
def house(session, clock, randomness, sealer, hasher):
    return House(session, clock, randomness, sealer, hasher)


@pytest.fixture
def rina(house):
    return house.person(email="rina@contoh.go.id", number=NIP)
