"""Whoever owns the database changes, deletes, adds or moves something: it is found, and found where it was done."""

import pytest
from sqlalchemy import inspect

from tests.audit.conftest import Ledger
from tests.spec import spec

CHANGED = {
    "at": "'2020-01-01 00:00:00.000000'",
    "tag": "'authn:session:end'",
    "actor_kind": "'system'",
    "actor_id": "'somebody-else'",
    "subject_kind": "'client'",
    "subject_id": "NULL",
    "client_id": "'c2'",
    "session_id": "NULL",
    "ip": "'10.9.9.9'",
    "agent": "'Other/2'",
    "request_id": "'req-2'",
    "details": '\'{"number": 77}\'',
}


def test_every_column_is_spoiled_by_one_of_these_tests(full: Ledger) -> None:
    columns = {column["name"] for column in inspect(full.deps.database.engine).get_columns("audit_events")}
    assert columns == CHANGED.keys() | {"id", "government_code"}


@spec("ASVS", "16.4.2")
@pytest.mark.parametrize("column", CHANGED)
def test_a_changed_column_is_found_and_named(full: Ledger, column: str) -> None:
    number = full.numbers()[5]
    with full.hostile() as do:
        do(f"UPDATE audit_events SET {column} = {CHANGED[column]} WHERE id = {number}")
    assert full.findings() == [("changed", "12.71", number)]


def test_a_finding_says_when(full: Ledger) -> None:
    number = full.numbers()[0]
    with full.hostile() as do:
        do(f"UPDATE audit_events SET ip = '10.9.9.9' WHERE id = {number}")
    (found,) = full.verify()["12.71"].findings
    assert found.at == "2027-03-15T02:30:00+00:00"
    assert found.seal == 1


def test_an_event_that_cannot_be_read_any_more_is_found(full: Ledger) -> None:
    if not full.deps.database.is_sqlite:
        pytest.skip("PostgreSQL refuses such a value itself")
    number = full.numbers()[3]
    with full.hostile() as do:
        do(f"UPDATE audit_events SET details = 'not json', at = 'never' WHERE id = {number}")
    assert full.findings() == [("changed", "12.71", number)]
    assert ("missing", number) in [(one.kind, one.event) for verdict in full.check(full.export()) for one in verdict.findings]


@pytest.mark.parametrize("place", [0, 4, -1])
def test_a_deleted_event_is_missed(full: Ledger, place: int) -> None:
    number = full.numbers()[place]
    if place == -1:
        number = max(n for n in full.numbers() if n <= _last_sealed(full))
    with full.hostile() as do:
        do(f"DELETE FROM audit_events WHERE id = {number}")
    assert full.findings() == [("missing", "12.71", number)]


def _last_sealed(ledger: Ledger) -> int:
    from idp.audit.proof.store import ProofStore

    with ledger.deps.database.unit(read_only=True) as session:
        return ProofStore(session).last_seal("12.71").last_event


def test_an_event_between_others_is_found(full: Ledger) -> None:
    """Its number is one that another chain's event has had: that one has to go for it."""
    number = full.numbers("12.72")[0]
    with full.hostile() as do:
        do(f"UPDATE audit_events SET id = 1000000 WHERE id = {number}")
        do(f"INSERT INTO audit_events SELECT {number}, at, tag, '12.71', actor_kind, actor_id, subject_kind, subject_id, client_id, "
           f"session_id, ip, agent, request_id, details FROM audit_events WHERE id = {full.numbers()[0]}")  # fmt: skip
    assert full.findings() == [("inserted", "12.71", number), ("missing", "12.72", number)]


def test_an_event_moved_to_another_chain_is_missed_here_and_found_there(full: Ledger) -> None:
    number = full.numbers()[2]
    with full.hostile() as do:
        do(f"UPDATE audit_events SET government_code = '12.72' WHERE id = {number}")
    assert full.findings() == [("missing", "12.71", number), ("inserted", "12.72", number)]


def test_an_event_moved_to_a_chain_of_its_own_is_missed(full: Ledger) -> None:
    number = full.numbers()[2]
    with full.hostile() as do:
        do(f"UPDATE audit_events SET government_code = '99.99' WHERE id = {number}")
    assert ("missing", "12.71", number) in full.findings()


def test_two_events_that_changed_places_are_both_found(full: Ledger) -> None:
    first, second = full.numbers()[1:3]
    with full.hostile() as do:
        for old, new in ((first, -1), (second, first), (-1, second)):
            do(f"UPDATE audit_events SET id = {new} WHERE id = {old}")
    assert full.findings() == [("changed", "12.71", first), ("changed", "12.71", second)]


def test_a_late_event_that_claims_to_be_early_is_noticed(full: Ledger) -> None:
    with full.hostile() as do:
        do("INSERT INTO audit_events SELECT 1000001, '2027-03-15 02:00:00.000000', tag, '12.71', actor_kind, actor_id, "
           "subject_kind, subject_id, client_id, session_id, ip, agent, request_id, details FROM audit_events "
           f"WHERE id = {full.numbers()[0]}")  # fmt: skip
    full.seal()
    assert full.findings() == [("backdated", "12.71", 1000001)]
    assert full.verify()["12.71"].whole  # a clock set back explains it too


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("UPDATE audit_seals SET hash = leaves WHERE chain = '12.71' AND number = 2", {"seal", "signature"}),
        ("UPDATE audit_seals SET at = '2020-01-01' WHERE chain = '12.71' AND number = 2", {"signature"}),
        ("UPDATE audit_seals SET signature = leaves WHERE chain = '12.71' AND number = 2", {"signature"}),
        ("UPDATE audit_seals SET kid = 'another' WHERE chain = '12.71' AND number = 2", {"signature"}),
        ("UPDATE audit_seals SET leaves = hash WHERE chain = '12.71' AND number = 2", {"seal", "inserted"}),
        ("DELETE FROM audit_seals WHERE chain = '12.71' AND number = 2", {"missing", "inserted"}),
        ("UPDATE audit_checkpoints SET statement = 'x.y.z' WHERE chain = '12.71' AND number = 1", {"checkpoint"}),
        ("DELETE FROM audit_checkpoints WHERE chain = '12.71' AND number = 1", {"checkpoint"}),
    ],
)
def test_a_spoiled_proof_is_found(full: Ledger, statement: str, kinds: set[str]) -> None:
    with full.hostile() as do:
        do(statement)
    found = full.findings()
    assert {kind for kind, _, _ in found} >= kinds - {"inserted"}
    assert {kind for kind, _, _ in found} <= kinds | {"checkpoint", "missing", "inserted", "seal"}
    assert not full.verify()["12.71"].whole


def test_seals_exchanged_between_chains_are_found(full: Ledger) -> None:
    with full.hostile() as do:
        for old, new in (("12.71", "x"), ("12.72", "12.71"), ("x", "12.72")):
            do(f"UPDATE audit_seals SET chain = '{new}' WHERE chain = '{old}' AND number = 1")
    verdicts = full.verify()
    assert not verdicts["12.71"].whole
    assert not verdicts["12.72"].whole


def test_a_change_with_leaf_and_hashes_made_anew_lacks_the_signature(full: Ledger) -> None:
    """The enemy knows how we hash and has the whole database, but not the data key under which the audit key is sealed."""
    from idp.audit.proof.chain import as_record, leaf, link, pack, unpack
    from idp.audit.proof.store import ProofStore

    number = full.numbers()[5]
    with full.hostile() as do:
        do(f"UPDATE audit_events SET ip = '10.9.9.9' WHERE id = {number}")
    with full.deps.database.unit(read_only=True) as session:
        store = ProofStore(session)
        leaves = {row.id: leaf(as_record(row)) for row in store.span("12.71", 0, 2**60)}
        seals, value, made = list(store.seals("12.71")), b"\x00" * 32, []
        for seal in seals:
            packed = pack((n, leaves[n]) for n, _ in unpack(seal.leaves))
            value = link(value, "12.71", seal.number, packed)
            made.append((seal.number, packed, value))
    with full.hostile() as do:
        for n, packed, value in made:
            values = {"leaves": packed, "hash": value, "n": n}
            do("UPDATE audit_seals SET leaves = :leaves, hash = :hash WHERE chain = '12.71' AND number = :n", **values)
    found = full.verify()["12.71"].findings
    assert {one.kind for one in found} == {"signature", "checkpoint"}
    assert {one.seal for one in found if one.kind == "signature"} == {2, 3, 4}


@pytest.mark.parametrize("with_events", [True, False])
def test_the_end_cut_off_is_found_by_the_checkpoint(full: Ledger, with_events: bool) -> None:
    kept = full.numbers()[3]
    with full.hostile() as do:
        do(f"DELETE FROM audit_seals WHERE chain = '12.71' AND last_event > {kept}")
        if with_events:
            do(f"DELETE FROM audit_events WHERE government_code = '12.71' AND id > {kept}")
    found = full.verify()["12.71"].findings
    assert [one.kind for one in found if one.kind == "truncated"]
    assert "behind seal 1" in found[0].says


def test_a_chain_that_is_gone_altogether_is_named_by_what_was_signed_of_all(full: Ledger) -> None:
    with full.hostile() as do:
        do("DELETE FROM audit_events WHERE government_code = '12.72'")
        for table in ("audit_seals", "audit_checkpoints"):
            do(f"DELETE FROM {table} WHERE chain = '12.72'")
    assert [(kind, chain) for kind, chain, _ in full.findings()] == [("truncated", "12.72")]


def test_a_checkpoint_kept_elsewhere_shows_that_everything_was_set_back(full: Ledger) -> None:
    from idp.audit.proof.online import check_statement
    from idp.audit.proof.store import ProofStore

    database, checker = full.deps.database, full.deps.audit_keys.checker()
    with database.unit(read_only=True) as session:
        kept = [row.statement for row in ProofStore(session).checkpoints("12.71")]
    with full.hostile() as do:
        do("DELETE FROM audit_checkpoints WHERE number = 2")
        do("DELETE FROM audit_seals WHERE number > 2")
        do(f"DELETE FROM audit_events WHERE id > {full.numbers()[6]}")
    assert full.verify()["12.71"].whole
    with database.unit(read_only=True) as session:
        found = [one for statement in kept for one in check_statement(ProofStore(session), checker, statement)]
    assert [(one.kind, one.chain, one.seal) for one in found] == [("truncated", "12.71", 4)]
