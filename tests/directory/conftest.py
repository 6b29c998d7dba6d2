"""The directory on one unit of work."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.directory.orgs import Organisations
from idp.directory.people import People
from idp.directory.roles import Roles
from idp.directory.store import DirectoryStore
from idp.kernel.actor import SYSTEM
from idp.kernel.clock import FrozenClock
from idp.kernel.randomness import SystemRandomness
from idp.kernel.sealing import Sealer


@dataclass
class House:
    session: Session
    clock: FrozenClock
    store: DirectoryStore
    people: People
    orgs: Organisations
    roles: Roles


@pytest.fixture
def house(session: Session, clock: FrozenClock, randomness: SystemRandomness) -> House:
    sealer = Sealer([bytes(range(32))], randomness)
    store, audit = DirectoryStore(session, sealer, clock), AuditLog(AuditStore(session), clock)
    orgs = Organisations(store, audit, clock, randomness)
    orgs.seed(SYSTEM)
    return House(session, clock, store, People(store, audit, clock, randomness, sealer), orgs, Roles(store, audit, clock, randomness))
