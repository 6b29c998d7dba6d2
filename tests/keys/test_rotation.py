"""Rotation by many at once: threads, and real processes."""

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from idp.db.session import Database
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.keys.models import SigningKey
from idp.keys.ring import KeyRing
from tests.keys.conftest import MakeRing

_OTHER_PROCESS = """
import sys
from base64 import b64decode
from idp.db.session import Database
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import SystemClock
from idp.kernel.randomness import SystemRandomness
from idp.kernel.sealing import Sealer
from idp.keys.ring import KeyRing

url, key = sys.stdin.read().split()
ring = KeyRing(Database(url), Sealer([b64decode(key)], SystemRandomness()), SystemClock(), rsa_bits=2048)
for _ in range(3):
    ring.rotate(OPERATOR)
print(ring.sign({"from": "there"}, alg="ES256"))
"""


def _states(ring: KeyRing) -> Counter[tuple[str, str]]:
    return Counter((key.alg, key.state) for key in ring.list())


def test_keys_are_made_once_by_processes_that_start_together(make_ring: MakeRing) -> None:
    rings = [make_ring() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda ring: ring.ensure(OPERATOR), rings))
    assert sum(len(kids) for kids in made) == 4
    assert set(_states(rings[0]).values()) == {1}


def test_rotations_at_once_leave_one_active_and_one_next_key(ring: KeyRing, make_ring: MakeRing) -> None:
    rings = [make_ring() for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        activated = [kid for kids in pool.map(lambda one: one.rotate(OPERATOR), rings) for kid in kids]
    assert len(set(activated)) == 10
    states = _states(ring)
    for alg in ("RS256", "ES256"):
        assert (states[alg, "active"], states[alg, "next"], states[alg, "retired"]) == (1, 1, 5)


def test_ten_rotations_under_load_fail_no_verification(ring: KeyRing, make_ring: MakeRing, clock: FrozenClock) -> None:
    rings = [ring, make_ring(), make_ring()]
    stop, failed, done = threading.Event(), [], Counter[str]()

    def work(mine: KeyRing) -> None:
        while not stop.is_set():
            token = mine.sign({"n": 1}, alg="ES256")
            failed.extend(token for other in rings if other.verify(token) != {"n": 1})
            done["n"] += 1

    threads = [threading.Thread(target=work, args=(one,)) for one in rings]
    for thread in threads:
        thread.start()
    try:
        for number in range(10):
            rings[number % 3].rotate(OPERATOR)
            clock.advance(seconds=(0.5, 4, 12)[number % 3])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert done["n"] > 10
    assert failed == []


def test_a_rotation_by_another_process_is_understood_here(
    database: Database, randomness: object, clock: FrozenClock, tmp_path: Path
) -> None:
    from base64 import b64encode

    from idp.kernel.clock import SystemClock
    from idp.kernel.randomness import SystemRandomness
    from idp.kernel.sealing import Sealer

    key = SystemRandomness().bytes(32)
    here = KeyRing(database, Sealer([key], SystemRandomness()), SystemClock(), rsa_bits=2048)
    here.ensure(OPERATOR)
    mine = here.sign({"from": "here"}, alg="RS256")
    handed = f"{database.url.render_as_string(hide_password=False)} {b64encode(key).decode()}"
    there = [
        subprocess.Popen([sys.executable, "-c", _OTHER_PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    tokens = [process.communicate(handed, timeout=60)[0].strip() for process in there]
    assert [process.returncode for process in there] == [0, 0]
    assert [here.verify(token) for token in tokens] == [{"from": "there"}] * 2
    assert here.verify(mine) == {"from": "here"}
    states = _states(here)
    assert (states["ES256", "active"], states["ES256", "next"], states["ES256", "retired"]) == (1, 1, 6)


@pytest.mark.parametrize("state", ["active", "next"])
def test_the_database_itself_refuses_a_second_key_of_a_state(ring: KeyRing, database: Database, clock: FrozenClock, state: str) -> None:
    row = {"kid": "x", "alg": "ES256", "state": state, "private_sealed": b"", "public_jwk": {}, "created_at": clock.now()}
    with pytest.raises(IntegrityError), database.unit() as session:
        session.execute(insert(SigningKey).values(**row))
