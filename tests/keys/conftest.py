"""Rings as several processes would have them: each its own, one database and one sealer."""

from collections.abc import Callable

import pytest

from idp.db.session import Database
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.kernel.randomness import SystemRandomness
from idp.kernel.sealing import Sealer
from idp.keys.ring import KeyRing

MakeRing = Callable[[], KeyRing]


@pytest.fixture
def sealer(randomness: SystemRandomness) -> Sealer:
    """One data key."""
    return Sealer([randomness.bytes(32)], randomness)


@pytest.fixture
def make_ring(database: Database, sealer: Sealer, clock: FrozenClock) -> MakeRing:
    """The ring of one more process."""
    return lambda: KeyRing(database, sealer, clock, rsa_bits=2048)


@pytest.fixture
def ring(make_ring: MakeRing) -> KeyRing:
    """A ring with keys."""
    made = make_ring()
    made.ensure(OPERATOR)
    return made
