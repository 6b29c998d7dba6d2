"""Finding events: every way in, a page at a time, and never without an index."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from idp.audit.models import AuditEvent
from idp.audit.search.store import SearchStore
from idp.audit.search.wanted import Wanted
from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.wiring import Services
from idp.wiring.record import record_reader
from tests.audit.conftest import SITI, Ledger


@pytest.fixture
def mixed(ledger: Ledger) -> Ledger:
    """Events of two people, two applications, three places, three hours."""
    from idp.audit.log import AuditLog
    from idp.audit.store import AuditStore

    budi = Actor("person", "01PERSONBUDI")
    for government, person, client, tag in (
        ("12.71", SITI, "c1", Tag.SESSION_START), ("12.72", budi, "c2", Tag.SIGN_IN_REFUSE), (None, SITI, "c2", Tag.ROLE_GRANT),
    ):  # fmt: skip
        with ledger.deps.database.unit() as session:
            for _ in range(5):
                AuditLog(AuditStore(session), ledger.deps.clock).record(
                    tag, person, subject=("person", "01PERSONSITI"), government=government, client_id=client
                )
        ledger.deps.clock.advance(seconds=3600)
    return ledger


def found(ledger: Ledger, wanted: Wanted, **more: int) -> list[int]:
    with ledger.deps.database.unit(read_only=True) as session:
        return [row.id for row in SearchStore(session).page(wanted, **more)]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 15),
        (Wanted(("12.71",)), 5),
        (Wanted(("12.71", "12.72")), 10),
        (Wanted(("",)), 5),
        (Wanted(()), 0),
        (Wanted(person="01PERSONSITI"), 15),
        (Wanted(person="01PERSONBUDI"), 5),
        (Wanted(actor="01PERSONSITI"), 10),
        (Wanted(client="c2"), 10),
        (Wanted(("12.72",), client="c2"), 5),
        (Wanted(tags=(Tag.ROLE_GRANT.value,)), 5),
        (Wanted(tags=(Tag.ROLE_GRANT.value, Tag.SESSION_START.value)), 10),
    ],
)
def test_each_way_finds_what_is_wanted_newest_first(mixed: Ledger, wanted: Wanted, count: int) -> None:
    numbers = found(mixed, wanted)
    assert len(numbers) == count
    assert numbers == sorted(numbers, reverse=True)


def test_pages_leave_nothing_out_and_repeat_nothing(mixed: Ledger) -> None:
    for wanted in (Wanted(), Wanted(person="01PERSONSITI"), Wanted(("12.71", "12.72"))):
        whole, pieces, before = found(mixed, wanted), [], None
        while page := found(mixed, wanted, limit=4, **({"before": before} if before else {})):
            pieces += page
            before = page[-1]
        assert pieces == whole


def test_a_window_of_time_is_exact_to_the_second(mixed: Ledger) -> None:
    now = mixed.deps.clock.now()
    second = now - timedelta(hours=2)
    assert len(found(mixed, Wanted(since=second))) == 10
    assert len(found(mixed, Wanted(since=second + timedelta(seconds=1)))) == 5
    assert len(found(mixed, Wanted(until=second))) == 5
    assert len(found(mixed, Wanted(since=second, until=second + timedelta(seconds=1)))) == 5
    assert found(mixed, Wanted(since=now + timedelta(days=1))) == []
    assert found(mixed, Wanted(until=now - timedelta(days=1))) == []


def test_looking_is_recorded_with_what_was_looked_for(mixed: Ledger) -> None:
    with mixed.deps.database.unit() as session:
        record_reader(Services(mixed.deps, session)).find(SITI, Wanted(("12.71",), person="01PERSONBUDI"))
    with mixed.deps.database.unit(read_only=True) as session:
        (event,) = SearchStore(session).page(Wanted(tags=(Tag.AUDIT_READ.value,)))
    assert (event.actor_id, event.government_code, event.details["person"]) == ("01PERSONSITI", "12.71", "01PERSONBUDI")


WAYS = {
    "government": Wanted(("12.71",)), "person": Wanted(person="p500"), "actor": Wanted(actor="p500"), "application": Wanted(client="c500"),
    "kind": Wanted(tags=("some:kind:7", "rare:kind:here")), "nothing": Wanted(),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_way_reads_the_whole_record(ledger: Ledger, way: str) -> None:
    """The plan of each search, on a record of 20,000 events, goes by an index."""
    _fill(ledger)
    explain = "EXPLAIN QUERY PLAN " if ledger.deps.database.is_sqlite else "EXPLAIN "
    with ledger.deps.database.unit(read_only=True) as session:
        for one in SearchStore(session).ways(WAYS[way]):
            page = one.order_by(AuditEvent.id.desc()).limit(50)
            compiled = page.compile(ledger.deps.database.engine, compile_kwargs={"literal_binds": True})
            plan = " ".join(str(row) for row in session.execute(text(explain + str(compiled))).all())
            assert "Seq Scan" not in plan, plan
            assert "SCAN audit_events" not in plan or way == "nothing", plan  # by number, backwards: an index of its own on SQLite


def _fill(ledger: Ledger) -> None:
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        "INSERT INTO audit_events (at, tag, government_code, actor_kind, actor_id, subject_kind, subject_id, client_id, details) "
        "SELECT '2027-03-15 02:30:00.000000', 'some:kind:' || (i % 40), '12.' || (70 + i % 25), 'person', 'p' || (i % 2000), 'person', "
        "'p' || (i % 2000), 'c' || (i % 1000), '{}' FROM n"
    )
    with ledger.deps.database.unit() as session:
        session.execute(text(many))
        session.execute(text("ANALYZE"))


def test_the_chains_are_found_by_leaps(ledger: Ledger) -> None:
    from idp.audit.proof.store import ProofStore

    _fill(ledger)
    with ledger.deps.database.unit(read_only=True) as session:
        assert len(ProofStore(session).chains()) == 25
        plan = "EXPLAIN QUERY PLAN " if ledger.deps.database.is_sqlite else "EXPLAIN "
        found = str(session.execute(text(plan + "SELECT min(government_code) FROM audit_events WHERE government_code > '12.71'")).all())
    assert "Seq Scan" not in found
    assert "SCAN audit_events" not in found
