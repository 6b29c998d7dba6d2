"""The fast lane: a statement written with SQLAlchemy, compiled once, then run on the driver itself.

What SQLAlchemy adds to each execution (context, result metadata, cursor description) costs two to three times what the
driver needs (performance.md, 10). The few statements of the hot paths skip it; binding and result types stay
SQLAlchemy's, the transaction is the unit's, and errors are SQLAlchemy's own.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import Executable

from idp.db.unit import Unit

_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    names: tuple[str, ...]
    positional: bool
    fixed: dict[str, Any]
    bind: tuple[tuple[str, _Convert], ...]
    result: tuple[tuple[int, _Convert], ...]
    row: type[Any]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """What the driver takes, from what the caller gives."""
        found = {**self.fixed, **values}
        for name, convert in self.bind:
            found[name] = convert(found[name])
        return tuple(found[name] for name in self.names) if self.positional else found

    def rows(self, raw: Sequence[Sequence[Any]]) -> list[Any]:
        """Rows with named columns and Python values."""
        if not self.result:
            return [self.row._make(values) for values in raw]
        made = []
        for values in raw:
            cells = list(values)
            for position, convert in self.result:
                cells[position] = convert(cells[position])
            made.append(self.row._make(cells))
        return made


class Prepared:
    """One statement of a hot path, built at import.

    statement: with every value a `bindparam`; columns: for an INSERT without values, the columns it will be given.
    """

    def __init__(self, statement: Executable, *, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = list(columns) if columns is not None else None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, session: Session, **values: Any) -> int:
        """Execute; gives how many rows were written."""
        cursor = self._execute(session, values)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def later(self, session: Session, **values: Any) -> None:
        """Execute before whatever this unit asks next, at the latest with its commit: all that waits goes in one journey.

        For a write whose outcome nobody asks for; what is wrong with it is raised then, and takes the unit back.
        """
        unit = cast(Unit, session)
        unit.postpone(lambda: self._execute(unit, values).close())

    def first(self, session: Session, **values: Any) -> Any:
        """The first row, with its columns as attributes, or None."""
        rows = self.all(session, **values)
        return rows[0] if rows else None

    def all(self, session: Session, **values: Any) -> list[Any]:
        """Every row, with its columns as attributes."""
        cursor = self._execute(session, values)
        rows = self._compiled[cast(Unit, session).dialect.name].rows(cursor.fetchall())
        cursor.close()
        return rows

    def _execute(self, session: Session, values: Mapping[str, Any]) -> DBAPICursor:
        unit = cast(Unit, session)
        compiled = self._compiled.get(unit.dialect.name) or self._compile(unit.dialect)
        parameters = compiled.parameters(values)
        cursor = unit.dbapi().cursor()
        unit.announce(cursor, compiled.sql, parameters)
        try:
            cursor.execute(compiled.sql, parameters)
        except unit.dialect.loaded_dbapi.Error as error:
            raise unit.wrapped(error, compiled.sql, cursor) from error
        return cursor

    def _compile(self, dialect: Dialect) -> _Compiled:
        made: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)  # type: ignore[attr-defined]
        if made.insert_prefetch or made.update_prefetch:
            raise TypeError("a column has a default in Python; give its value")
        names = tuple(made.positiontup or made.bind_names.values())
        entries = tuple(made._result_columns)  # noqa: SLF001 - there is no public way to the types of a result
        convert = [entry.type._cached_result_processor(dialect, None) for entry in entries]  # noqa: SLF001
        binders = made._bind_processors  # noqa: SLF001 - nor to the processors of its parameters
        compiled = _Compiled(
            sql=str(made),
            names=names,
            positional=bool(made.positiontup),
            fixed={name: value for name, value in made.params.items() if value is not None},
            bind=tuple((name, binders[name]) for name in dict.fromkeys(names) if name in binders),
            result=tuple((position, each) for position, each in enumerate(convert) if each is not None),
            row=namedtuple("Row", [entry.keyname for entry in entries]),
        )
        self._compiled[dialect.name] = compiled
        return compiled
