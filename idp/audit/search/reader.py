"""Looking into the record: every look is an event itself, in each chain that was looked at (PP 71/2019 art. 22)."""

from typing import Any

from idp.audit.log import AuditLog
from idp.audit.search.store import SearchStore
from idp.audit.search.wanted import Wanted
from idp.audit.tags import Tag
from idp.kernel.actor import Actor


class RecordReader:
    """Finds events for somebody whose right to them was asked above."""

    def __init__(self, store: SearchStore, audit: AuditLog) -> None:
        self._store, self._audit = store, audit

    def find(self, actor: Actor, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Any]:
        """Events, newest first, older than the number `before`."""
        for government in (None,) if wanted.governments is None else wanted.governments:
            self._audit.record(Tag.AUDIT_READ, actor, government=government or None, before=before, **wanted.as_dict())
        return self._store.page(wanted, before=before, limit=limit)
