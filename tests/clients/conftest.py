"""A registry on a unit of work, without the rest of the house."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.clients.cache import ClientCache
from idp.clients.registry import Registry
from idp.clients.store import ClientStore
from idp.db.session import Database
from idp.directory.models import Government
from idp.kernel.clock import FrozenClock
from idp.kernel.randomness import SystemRandomness

MakeRegistry = Callable[[Session], Registry]


@pytest.fixture
def cache() -> ClientCache:
    """The cache of this process."""
    return ClientCache()


@pytest.fixture
def registry_on(cache: ClientCache, clock: FrozenClock, randomness: SystemRandomness) -> MakeRegistry:
    """The registry of one unit of work; all of them share the cache of the process."""
    return lambda session: Registry(ClientStore(session), AuditLog(AuditStore(session), clock), clock, randomness, cache)


@pytest.fixture
def registry(session: Session, registry_on: MakeRegistry) -> Registry:
    """The registry on the test's unit."""
    return registry_on(session)


@pytest.fixture
def medan(database: Database) -> str:
    """A government."""
    with database.unit() as session:
        session.execute(insert(Government).values(code="12.71", name="Kota Medan", kind="city", residents=2_500_000))
    return "12.71"
