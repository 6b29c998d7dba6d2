"""Every write has its history: the watch that all requests of the tests run under, itself tested."""

import pytest
from sqlalchemy import insert, inspect

from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.db.lane import Prepared
from idp.directory.models import Government
from idp.kernel.actor import SYSTEM
from tests.audit_watch import EXCUSED, TOUCHES, UnauditedWrite, needs_event, watching


def _write(session) -> None:
    session.add(Government(code="99.99", name="Kota Uji", kind="kota", residents=1))
    session.flush()


def test_a_silent_change_is_caught(database):
    with pytest.raises(UnauditedWrite, match="governments"), watching(), database.unit() as session:
        _write(session)


def test_a_recorded_change_passes(database, clock):
    with watching(), database.unit() as session:
        _write(session)
        AuditLog(AuditStore(session), clock).record(Tag.GOVERNMENTS_SEED, SYSTEM)


def test_an_event_does_not_cover_the_next_transaction(database, clock):
    def two_transactions() -> None:
        with watching(), database.unit() as session:
            AuditLog(AuditStore(session), clock).record(Tag.GOVERNMENTS_SEED, SYSTEM)
            session.commit()
            _write(session)

    with pytest.raises(UnauditedWrite):
        two_transactions()


def test_the_fast_lane_is_watched_too(database):
    written = Prepared(insert(Government.__table__), columns=["code", "name", "kind", "residents"])
    with pytest.raises(UnauditedWrite, match="governments"), watching(), database.unit() as session:
        written.run(session, code="99.98", name="Kota Uji", kind="kota", residents=1)


def test_an_event_in_the_fast_lane_covers_a_change_beside_it(database, clock):
    with watching(), database.unit() as session:
        AuditLog(AuditStore(session), clock).record(Tag.GOVERNMENTS_SEED, SYSTEM)
        _write(session)


def test_what_is_rolled_back_needs_no_event(database):
    with watching(), database.unit() as session:
        _write(session)
        session.rollback()


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("INSERT INTO clients (client_id) VALUES (?)", "clients"),
        ("INSERT OR IGNORE INTO people (id) VALUES (?)", "people"),
        ('UPDATE "people" SET name=? WHERE people.id = ?', "people"),
        ("DELETE FROM role_grants", "role_grants"),
        ("WITH x AS (SELECT 1) UPDATE grants SET revoked_at=? RETURNING id", "grants"),
        ("UPDATE browser_sessions SET last_seen_at=? WHERE browser_sessions.id = ?", None),
        ("UPDATE browser_sessions SET last_seen_at=?, ended_at=? WHERE id = ?", "browser_sessions"),
        ("UPDATE throttle_counters SET failures=?", None),
        ("SELECT 1 FROM people", None),
    ],
)
def test_statements_are_read_rightly(statement, table):
    assert needs_event(statement) == table


def test_excuses_are_for_tables_and_columns_that_exist(database):
    found = inspect(database.engine)
    tables = set(found.get_table_names())
    assert EXCUSED.keys() | TOUCHES.keys() <= tables
    for table, columns in TOUCHES.items():
        assert columns <= {column["name"] for column in found.get_columns(table)}, table
