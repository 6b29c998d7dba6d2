"""INSERT with ON CONFLICT, which SQLAlchemy spells per database."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session


def insert_into(session: Session, target: Any) -> Any:
    """An INSERT into `target` (a model or a table) that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return (insert_postgresql if session.connection().dialect.name == "postgresql" else insert_sqlite)(target)


def insert_once(session: Session, target: Any, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one of its keys is taken; gives whether it was inserted."""
    table = getattr(target, "__table__", target)
    # Not by rowcount: with the implicit RETURNING of a PostgreSQL insert it says nothing.
    statement = insert_into(session, table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
    return session.connection().execute(statement).first() is not None
