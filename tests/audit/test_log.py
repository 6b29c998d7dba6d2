"""The record: append-only on both databases, free of secrets, provable."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

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
