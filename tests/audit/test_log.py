"""The record: append-only on both databases, free of secrets, provable."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from idp.audit import seals
from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.db.session import Database
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from tests.spec import spec


def write(database: Database, clock: FrozenClock, count: int, government: str | None = "12.71") -> None:
    with database.unit() as session:
        log = AuditLog(AuditStore(session), clock)
        for number in range(count):
            log.record(Tag.PERSON_CHANGE, OPERATOR, subject=("person", "p1"), government=government, number=number)


@spec("ASVS", "16.4.2")
@pytest.mark.parametrize("statement", ["UPDATE audit_events SET tag = 'x'", "DELETE FROM audit_events"])
def test_the_database_refuses_to_change_or_delete_an_event(database: Database, clock: FrozenClock, statement: str) -> None:
    write(database, clock, 1)
    with pytest.raises(DBAPIError, match="append-only"), database.unit() as session:
        session.execute(text(statement))


@spec("ASVS", "16.2.5")
@pytest.mark.parametrize("name", ["password", "secret", "token", "nik", "code"])
def test_a_secret_is_refused_as_a_detail(database: Database, clock: FrozenClock, name: str) -> None:
    with database.unit() as session, pytest.raises(ValueError, match=name):
        AuditLog(AuditStore(session), clock).record(Tag.PERSON_CHANGE, OPERATOR, **{name: "x"})


def test_what_raises_leaves_neither_change_nor_event(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(RuntimeError), database.unit() as session:
        AuditLog(AuditStore(session), clock).record(Tag.PERSON_CHANGE, OPERATOR)
        raise RuntimeError
    with database.unit() as session:
        assert not list(AuditStore(session).everything(government=None, since=None))


def seal(database: Database, clock: FrozenClock) -> int:
    clock.advance(seconds=seals.GRACE.total_seconds() + 1)
    with database.unit() as session:
        return seals.seal_all(AuditStore(session), clock)


def verdicts(database: Database) -> dict[str, int | None]:
    with database.unit(read_only=True) as session:
        return {verdict.chain: verdict.broken_at for verdict in seals.verify_all(AuditStore(session))}


def test_chains_are_sealed_per_government_and_verify(database: Database, clock: FrozenClock) -> None:
    write(database, clock, 3)
    write(database, clock, 2, government=None)
    assert seal(database, clock) == 5
    write(database, clock, 2)
    assert seal(database, clock) == 2
    assert verdicts(database) == {"": None, "12.71": None}


def test_an_event_younger_than_any_transaction_is_not_sealed_yet(database: Database, clock: FrozenClock) -> None:
    write(database, clock, 1)
    clock.advance(seconds=timedelta(seconds=30).total_seconds())
    with database.unit() as session:
        assert seals.seal_all(AuditStore(session), clock) == 0


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_events SET tag = 'directory:person:enable' WHERE id = (SELECT min(id) FROM audit_events)",
        "DELETE FROM audit_events WHERE id = (SELECT max(id) FROM audit_events)",
        "UPDATE audit_seals SET events = events + 1",
    ],
)
def test_who_gets_past_the_trigger_is_still_found_out(database: Database, clock: FrozenClock, tampering: str) -> None:
    write(database, clock, 3)
    seal(database, clock)
    assert verdicts(database) == {"12.71": None}
    with database.unit() as session:
        if database.is_sqlite:
            for table in ("audit_events", "audit_seals"):
                session.execute(text(f"DROP TRIGGER {table}_no_update"))
                session.execute(text(f"DROP TRIGGER {table}_no_delete"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(tampering))
    try:
        assert verdicts(database)["12.71"] == 1
    finally:
        if not database.is_sqlite:
            with database.unit() as session:
                session.execute(text("SET LOCAL session_replication_role = replica"))
                session.execute(text("DELETE FROM audit_seals"))
