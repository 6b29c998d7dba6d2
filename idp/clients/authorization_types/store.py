"""Every statement about declared types of authorization details."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.clients.authorization_types.declaration import DeclaredType
from idp.clients.models import AuthorizationType
from idp.db.upsert import insert_into

_T: Any = AuthorizationType.__table__
_READ = select(*(_T.c[name] for name in DeclaredType.__slots__)).order_by(_T.c.type)


class TypeStore:
    """Declared types."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, **values: Any) -> None:
        """Write or replace one."""
        kept = {name: value for name, value in values.items() if name not in ("type", "created_at")}
        statement = insert_into(self._session, _T).values(**values).on_conflict_do_update(index_elements=["type"], set_=kept)
        self._session.connection().execute(statement)

    def remove(self, name: str) -> bool:
        """Delete one; False when there is none."""
        return self._session.connection().execute(delete(_T).where(_T.c.type == name).returning(_T.c.type)).first() is not None

    def named(self, names: Collection[str]) -> list[DeclaredType]:
        """Those of these names."""
        return self._read(_READ.where(_T.c.type.in_(names)))

    def all(self) -> list[DeclaredType]:
        """Every one, by name."""
        return self._read(_READ)

    def names(self) -> tuple[str, ...]:
        """Their names alone, in order."""
        return tuple(self._session.connection().execute(select(_T.c.type).order_by(_T.c.type)).scalars())

    def _read(self, statement: Any) -> list[DeclaredType]:
        rows = self._session.connection().execute(statement)
        return [DeclaredType(**{**row._mapping, "resources": tuple(row.resources)}) for row in rows]  # noqa: SLF001 - documented
