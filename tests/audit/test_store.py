"""Reading the record a page at a time."""

import pytest

from idp.audit import store as room
from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.kernel.actor import SYSTEM


@pytest.mark.parametrize("count", [0, 2, 3, 4, 6, 7])
def test_pages_leave_nothing_out_and_repeat_nothing(database, clock, monkeypatch, count):
    """Counts below, at and above the size of a page; in a read-only unit, which on PostgreSQL has no transaction."""
    monkeypatch.setattr(room, "_PAGE", 3)
    with database.unit() as session:
        for number in range(count):
            AuditLog(AuditStore(session), clock).record(Tag.PRUNE, SYSTEM, government="12.71", number=number)
    with database.unit(read_only=True) as session:
        store = AuditStore(session)
        assert [row.details["number"] for row in store.everything(government=None, since=None)] == list(range(count))
        assert [row.details["number"] for row in store.events("12.71", after=0)] == list(range(count))
        assert list(store.events("", after=0)) == []
