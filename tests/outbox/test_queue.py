"""Promises: kept at least once, never lost, not readable at rest."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import text

from idp.db.session import Database
from idp.jobs.worker import Undeliverable, Worker
from idp.kernel.clock import FrozenClock
from idp.kernel.randomness import SystemRandomness
from idp.kernel.sealing import Sealer
from idp.outbox.queue import HOLD, PAUSES, Outbox, Work
from idp.outbox.store import OutboxStore

SEALER = Sealer([bytes(range(32))], SystemRandomness())


@contextmanager
def outbox(database: Database, clock: FrozenClock) -> Iterator[Outbox]:
    with database.unit() as session:
        yield Outbox(OutboxStore(session), SEALER, clock, SystemRandomness())


def worker(database: Database, clock: FrozenClock, handler) -> Worker:  # type: ignore[no-untyped-def]
    def make(session) -> Outbox:  # type: ignore[no-untyped-def]
        return Outbox(OutboxStore(session), SEALER, clock, SystemRandomness())

    return Worker(database, clock, make, {"mail": handler}, lambda: None)


def test_a_promise_of_a_rolled_back_unit_is_none(database: Database, clock: FrozenClock) -> None:
    try:
        with outbox(database, clock) as box:
            box.put("mail", {"to": "a"})
            raise RuntimeError
    except RuntimeError:
        pass
    assert worker(database, clock, print).step() is False


def test_it_is_done_once_and_its_payload_is_gone(database: Database, clock: FrozenClock) -> None:
    with outbox(database, clock) as box:
        box.put("mail", {"link": "https://sso.example.go.id/reset/very-secret"})
    with database.unit() as session:
        assert b"very-secret" not in session.execute(text("SELECT sealed FROM outbox")).scalar_one()
    seen: list[Work] = []
    assert worker(database, clock, seen.append).drain() == 1
    assert [work.payload["link"][-11:] for work in seen] == ["very-secret"]
    assert worker(database, clock, seen.append).drain() == 0


def test_a_failure_is_tried_again_with_growing_pauses_and_given_up_loudly(database: Database, clock: FrozenClock) -> None:
    def fail(_work: Work) -> None:
        raise OSError("the mail server is down")

    with outbox(database, clock) as box:
        box.put("mail", {})
    loop = worker(database, clock, fail)
    for pause in PAUSES:
        assert loop.step() is True
        assert loop.step() is False, "it waits before it tries again"
        clock.advance(seconds=pause.total_seconds())
    assert loop.step() is True
    clock.advance(seconds=10**6)
    assert loop.step() is False
    with database.unit() as session:
        assert session.execute(text("SELECT count(*) FROM audit_events WHERE tag = 'mail:letter:fail'")).scalar_one() == 1


def test_what_cannot_be_delivered_is_not_tried_again(database: Database, clock: FrozenClock) -> None:
    def never(_work: Work) -> None:
        raise Undeliverable("no such client")

    with outbox(database, clock) as box:
        box.put("mail", {})
    assert worker(database, clock, never).drain() == 1


def test_work_of_a_worker_that_died_comes_back(database: Database, clock: FrozenClock) -> None:
    with outbox(database, clock) as box:
        box.put("mail", {})
    with outbox(database, clock) as box:
        assert box.claim() is not None
    with outbox(database, clock) as box:
        assert box.claim() is None
    clock.advance(seconds=HOLD.total_seconds())
    with outbox(database, clock) as box:
        assert box.claim() is not None


def test_several_workers_never_take_the_same_promise(database: Database, clock: FrozenClock) -> None:
    with outbox(database, clock) as box:
        for number in range(20):
            box.put("mail", {"number": number})

    def claim(_number: int) -> int | None:
        with outbox(database, clock) as box:
            work = box.claim()
            return work.payload["number"] if work else None

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for number in pool.map(claim, range(30)) if number is not None]
    assert len(numbers) == len(set(numbers)), "no promise was taken twice"
    while (number := claim(0)) is not None:
        numbers.append(number)
    assert sorted(numbers) == list(range(20))
