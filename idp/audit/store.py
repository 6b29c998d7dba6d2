"""Every statement of the audit room."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, Select, String, bindparam, column, func, insert, select, table
from sqlalchemy.orm import Session

from idp.audit.models import AuditEvent, AuditSeal
from idp.db.lane import Prepared

_COLUMNS = [column.name for column in AuditEvent.__table__.columns if column.name != "id"]
_INSERT = Prepared(insert(AuditEvent.__table__).inline(), columns=_COLUMNS)  # type: ignore[arg-type]
_CLIENTS = table("clients", column("client_id", String), column("version", Integer))
_VALUES = [bindparam(name, type_=AuditEvent.__table__.c[name].type).label(name) for name in _COLUMNS]
_INSERT_WHILE = Prepared(
    insert(AuditEvent.__table__)  # type: ignore[arg-type]
    .inline()
    .from_select(
        _COLUMNS,
        select(*_VALUES).where(_CLIENTS.c.client_id == bindparam("live_id"), _CLIENTS.c.version == bindparam("live_version")),
        include_defaults=False,
    )
)
_PAGE = 1000


class AuditStore:
    """Appends and reads audit events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, **values: Any) -> None:
        """Insert one event (on every hot path), in this unit: before anything else is asked of it, at the latest with its commit."""
        _INSERT.later(self._session, **values)

    def append_while(self, client: tuple[str, int], **values: Any) -> bool:
        """Insert one event and commit, in one statement, if that client (by id) still has that version; gives whether it had."""
        return _INSERT_WHILE.alone(self._session, live_id=client[0], live_version=client[1], **values) == 1

    def for_subject(self, kind: str, subject_id: str, *, tags: Sequence[str], limit: int, before: int | None = None) -> list[AuditEvent]:
        """The newest events about one subject (older than the number `before`), newest first."""
        about = select(AuditEvent).where(AuditEvent.subject_kind == kind, AuditEvent.subject_id == subject_id, AuditEvent.tag.in_(tags))
        if before is not None:
            about = about.where(AuditEvent.id < before)
        return list(self._session.scalars(about.order_by(AuditEvent.id.desc()).limit(limit)))

    def chains(self, *, before: datetime) -> list[str]:
        """Chains (government codes, ``""`` for none) that have events older than `before`."""
        rows = self._session.execute(
            select(func.coalesce(AuditEvent.government_code, "")).where(AuditEvent.at < before).distinct()
        )
        return sorted(row[0] for row in rows)

    def events(self, chain: str, *, after: int, upto: int | None = None, before: datetime | None = None) -> Iterator[Row[Any]]:
        """Events of a chain in order of id, streamed; after is exclusive, upto inclusive."""
        table = AuditEvent.__table__
        government = table.c.government_code.is_(None) if chain == "" else table.c.government_code == chain
        statement = select(table).where(government)
        if upto is not None:
            statement = statement.where(table.c.id <= upto)
        if before is not None:
            statement = statement.where(table.c.at < before)
        return self._by_page(statement, after)

    def everything(self, *, government: str | None, since: datetime | None) -> Iterator[Row[Any]]:
        """All events in order of id, streamed, for export."""
        table = AuditEvent.__table__
        statement = select(table)
        if government is not None:
            statement = statement.where(table.c.government_code == government)
        if since is not None:
            statement = statement.where(table.c.at >= since)
        return self._by_page(statement, 0)

    def _by_page(self, statement: Select[Any], after: int) -> Iterator[Row[Any]]:
        """Rows in order of id, a page at a time: a cursor of the server would need a transaction, which a read-only unit has not."""
        number = AuditEvent.__table__.c.id
        page = statement.where(number > bindparam("after")).order_by(number).limit(_PAGE)
        while True:
            rows = self._session.connection().execute(page, {"after": after}).all()
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1].id

    def last_seal(self, chain: str) -> AuditSeal | None:
        """The newest seal of a chain."""
        return self._session.scalar(
            select(AuditSeal).where(AuditSeal.chain == chain).order_by(AuditSeal.number.desc()).limit(1)
        )

    def seals(self) -> list[AuditSeal]:
        """Every seal, by chain and number."""
        return list(self._session.scalars(select(AuditSeal).order_by(AuditSeal.chain, AuditSeal.number)))

    def add_seal(self, seal: AuditSeal) -> None:
        """Append a seal."""
        self._session.add(seal)
        self._session.flush()
