"""Sealing, signing, deletion on time: what the worker does to the record, and what it never does."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from idp.audit.classes import Class, class_of, severity, tags_of
from idp.audit.log import AuditLog
from idp.audit.proof import retention as retention_room
from idp.audit.proof import seals
from idp.audit.proof.chain import as_ranges, in_ranges
from idp.audit.proof.retention import Retention
from idp.audit.proof.store import ProofStore
from idp.audit.search.wanted import Wanted
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.kernel.actor import OPERATOR
from tests.audit.conftest import Ledger
from tests.spec import spec


def test_chains_are_sealed_apart_and_verify(ledger: Ledger) -> None:
    ledger.write(3)
    ledger.write(2, None)
    assert ledger.seal() == 5
    ledger.write(2)
    assert ledger.seal() == 3  # and the making of the key
    verdicts = ledger.verify()
    assert {chain: (one.seals, one.events, one.whole) for chain, one in verdicts.items()} == {"": (2, 3, True), "12.71": (2, 5, True)}


def test_an_event_younger_than_any_transaction_is_not_sealed_yet(ledger: Ledger) -> None:
    ledger.record.sealing.round()
    ledger.write(1)
    ledger.deps.clock.advance(seconds=30)
    assert ledger.record.sealing.round() == 0
    assert ledger.verify()["12.71"].unsealed == 1


def test_an_event_of_the_future_holds_back_what_stands_behind_it(ledger: Ledger) -> None:
    """A clock that ran ahead for a moment must not leave an event behind a seal for ever."""
    clock = ledger.deps.clock
    clock.advance(seconds=3600)
    ledger.write(1)
    clock.advance(seconds=-3600)
    ledger.write(2)
    assert ledger.seal() < 3
    clock.advance(seconds=3700)
    ledger.seal()
    assert ledger.verify()["12.71"].events == 3
    assert ledger.verify()["12.71"].whole


def test_many_events_need_several_seals(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "MOST", 4)
    ledger.write(10)
    ledger.seal()
    assert ledger.verify()["12.71"].seals == 3
    assert ledger.verify()["12.71"].events == 10


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_transaction_that_stays_open_is_waited_for(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long import has numbers below those that everybody sees already: sealing past them would look like tampering."""
    monkeypatch.setattr(seals, "GRACE", timedelta(0))
    ledger.write(1)
    started, go_on = threading.Event(), threading.Event()

    def long_import() -> None:
        with ledger.deps.database.unit() as session:
            AuditLog(AuditStore(session), ledger.deps.clock).record(Tag.PERSON_CREATE, OPERATOR, government="12.71")
            session.execute(text("SELECT 1"))
            started.set()
            go_on.wait(10)

    thread = threading.Thread(target=long_import)
    thread.start()
    started.wait(10)
    ledger.write(1)
    ledger.deps.clock.advance(seconds=1)
    assert ledger.record.sealing.round() == 0
    go_on.set()
    thread.join()
    assert ledger.record.sealing.round() >= 3
    assert ledger.verify()["12.71"].events == 3
    assert ledger.verify()["12.71"].whole


def test_a_checkpoint_is_signed_once_a_day(ledger: Ledger) -> None:
    ledger.write(2)
    ledger.seal()
    assert {one.chain for one in ledger.record.checkpoints.round()} == {"12.71", "*"}
    ledger.write(2)
    ledger.seal()
    ledger.record.checkpoints.round()
    assert ledger.record.checkpoints.round() == []
    ledger.deps.clock.advance(seconds=86_400)
    ledger.seal()
    signed = ledger.record.checkpoints.round()
    assert {one.chain for one in signed} == {"", "12.71", "*"}
    stated = ledger.deps.audit_keys.checker().read(next(one.statement for one in signed if one.chain == "12.71"))
    assert stated is not None
    assert (stated["number"], stated["day"], stated["chain"], stated["found"]) == (2, "2027-03-16", "12.71", 0)
    assert {"seal", "hash", "events"} <= stated.keys()
    assert not ledger.findings()


def test_a_checkpoint_says_what_was_wrong_when_it_was_signed(full: Ledger) -> None:
    full.write(2)
    full.seal()
    with full.hostile() as do:
        do(f"DELETE FROM audit_events WHERE id = {full.numbers()[-2]}")
    full.write(1)
    full.seal()
    (medan,) = [one for one in full.record.checkpoints.round(now_too=True) if one.chain == "12.71"]
    assert [one.kind for one in medan.findings] == ["missing"]


def test_a_checkpoint_of_one_round_is_bounded_and_the_next_goes_on(ledger: Ledger) -> None:
    for government in ("12.71", "12.72", "12.73"):
        ledger.write(1, government)
    ledger.seal()
    first = [one.chain for one in ledger.record.checkpoints.round(most=2)]
    second = [one.chain for one in ledger.record.checkpoints.round(most=2)]
    assert first + second == ["12.71", "12.72", "12.73", "*"]


# -- deletion on time --------------------------------------------------------------------------------------------------


def expire(ledger: Ledger, **days: int) -> int:
    keys = ledger.deps.audit_keys
    kept = {Class(name): count for name, count in days.items()}
    return Retention(ledger.deps.database, ledger.deps.clock, keys.signer, keys.checker, kept).round()


@spec("ASVS", "16.4.2")
def test_what_is_kept_no_longer_goes_and_the_proof_stays(full: Ledger) -> None:
    full.write(2, tag=Tag.ROLE_GRANT)
    full.seal()
    full.deps.clock.advance(seconds=100 * 86_400)
    before = len(full.numbers())
    gone = expire(full, access=90)
    assert gone == 30
    assert len(full.numbers()) == before - 14
    assert not full.findings()
    assert not [one for verdict in full.check(full.export()) for one in verdict.findings]
    chosen = full.export(Wanted(("12.71",), tags=("directory:role:grant",)))
    assert not [one for verdict in full.check(chosen) for one in verdict.findings]
    assert expire(full, access=90) == 0


def test_an_event_deleted_besides_is_still_missed(full: Ledger) -> None:
    full.write(2, tag=Tag.ROLE_GRANT)
    full.seal()
    full.deps.clock.advance(seconds=100 * 86_400)
    number = full.numbers()[-1]
    expire(full, access=90)
    with full.hostile() as do:
        do(f"DELETE FROM audit_events WHERE id = {number}")
    assert ("missing", "12.71", number) in full.findings()


@pytest.mark.parametrize("how", ["statement", "none"])
def test_a_statement_of_deletion_cannot_be_made_up(full: Ledger, how: str) -> None:
    number = full.numbers()[0]
    with full.hostile() as do:
        do(f"DELETE FROM audit_events WHERE id = {number}")
        if how == "statement":
            do(f"INSERT INTO audit_prunings VALUES ('12.71', 1, {number}, {number}, 1, 'a.b.c', '2027-03-15')")
    assert ("missing", "12.71", number) in full.findings()
    assert ("pruning" in {kind for kind, _, _ in full.findings()}) == (how == "statement")


def test_the_worker_deletes_no_evidence_that_was_dated_back(full: Ledger) -> None:
    """Else an enemy would only have to write an old moment into an event, and the worker would do the rest, with a signature."""
    number = full.numbers()[0]
    with full.hostile() as do:
        do(f"UPDATE audit_events SET at = '2020-01-01 00:00:00.000000' WHERE id = {number}")
    assert expire(full, access=90) == 0
    assert full.findings() == [("changed", "12.71", number)]


def test_what_is_not_sealed_is_not_deleted(ledger: Ledger) -> None:
    ledger.write(2)
    ledger.deps.clock.advance(seconds=100 * 86_400)
    assert expire(ledger, access=90) == 0


def test_batches_go_on_until_all_is_gone(full: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_room, "BATCH", 3)
    full.deps.clock.advance(seconds=100 * 86_400)
    assert expire(full, access=90) == 30
    assert not full.findings()


@spec("ASVS", "16.4.2")
def test_the_database_lets_go_of_nothing_that_no_statement_covers(full: Ledger) -> None:
    with pytest.raises(DBAPIError, match="append-only"), full.deps.database.unit() as session:
        ProofStore(session).delete_events(full.numbers())
    for table in ("audit_seals", "audit_checkpoints", "audit_prunings"):
        if table == "audit_prunings":
            full.deps.clock.advance(seconds=100 * 86_400)
            expire(full, access=90)
        for statement in (f"UPDATE {table} SET number = 9", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"), full.deps.database.unit() as session:
                session.execute(text(statement))


def test_every_kind_of_event_has_a_class_and_a_severity() -> None:
    assert sorted(tag for kind in Class for tag in tags_of(kind)) == sorted(Tag)
    assert class_of("some:thing:new") is Class.SECURITY
    assert severity(Tag.TOKEN_REUSE) == 1
    assert severity(Tag.SIGN_IN_REFUSE) == 4
    assert severity(Tag.SESSION_START) == 6
    assert severity(Tag.ROLE_GRANT) == 5


def test_ranges_say_numbers_briefly() -> None:
    assert as_ranges([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"
    assert in_ranges("1-3,7,9-10", range(12)) == {1, 2, 3, 7, 9, 10}
    assert in_ranges("", [1]) == set()
