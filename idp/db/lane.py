"""The fast lane: a statement written with SQLAlchemy, compiled once, then run on the driver itself.

What SQLAlchemy adds to each execution (context, result metadata, cursor description) costs two to three times what the
driver needs, and on PostgreSQL the driver's cursor costs several times what its libpq layer does (`wire.py`). The few
statements of the hot paths skip both; binding and result types stay SQLAlchemy's, the transaction is the unit's, and
errors are SQLAlchemy's own.
"""

import copy
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Dialect, Select
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import Executable

from idp.db.unit import Unit

_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one driver. looks: it only reads, so it needs no transaction."""

    sql: str
    names: tuple[str, ...]
    looks: bool
    fixed: dict[str, Any]
    bind: tuple[tuple[str, _Convert], ...]
    result: tuple[tuple[int, _Convert], ...]
    row: type[Any]

    def parameters(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """What the driver takes, from what the caller gives."""
        found = {**self.fixed, **values}
        for name, convert in self.bind:
            found[name] = convert(found[name])
        return tuple([found[name] for name in self.names])

    def make(self, values: Sequence[Any]) -> Any:
        """A row with named columns and Python values."""
        if not self.result:
            return self.row._make(values)
        cells = list(values)
        for position, convert in self.result:
            cells[position] = convert(cells[position])
        return self.row._make(cells)


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
        unit, compiled, parameters = self._bound(session, values)
        return unit.run(compiled.sql, parameters, None, bare=compiled.looks)[0]

    def alone(self, session: Session, **values: Any) -> int:
        """Execute and commit, in one journey where the unit has written nothing yet; gives how many rows were written."""
        unit, compiled, parameters = self._bound(session, values)
        return unit.run_and_commit(compiled.sql, parameters)

    def later(self, session: Session, **values: Any) -> None:
        """Execute before whatever this unit asks next, at the latest with its commit: all that waits goes in one journey.

        For a write whose outcome nobody asks for; what is wrong with it is raised then, and takes the unit back.
        """
        unit, compiled, parameters = self._bound(session, values)
        unit.postpone(compiled.sql, parameters)

    def first(self, session: Session, **values: Any) -> Any:
        """The first row, with its columns as attributes, or None."""
        rows = self.all(session, **values)
        return rows[0] if rows else None

    def all(self, session: Session, **values: Any) -> list[Any]:
        """Every row, with its columns as attributes."""
        unit, compiled, parameters = self._bound(session, values)
        return unit.run(compiled.sql, parameters, compiled.make, bare=compiled.looks)[1]

    def _bound(self, session: Session, values: Mapping[str, Any]) -> tuple[Unit, _Compiled, tuple[Any, ...]]:
        unit = cast(Unit, session)
        compiled = self._compiled.get(unit.dialect.name) or self._compile(unit.dialect)
        return unit, compiled, compiled.parameters(values)

    def _compile(self, dialect: Dialect) -> _Compiled:
        if dialect.name == "postgresql":  # libpq's own way to write a parameter
            dialect = copy.copy(dialect)
            dialect.paramstyle, dialect.positional = "numeric_dollar", True
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
            looks=isinstance(self._statement, Select) and self._statement._for_update_arg is None,  # noqa: SLF001 - not told otherwise
            fixed={name: value for name, value in made.params.items() if value is not None},
            bind=tuple((name, binders[name]) for name in dict.fromkeys(names) if name in binders),
            result=tuple((position, each) for position, each in enumerate(convert) if each is not None),
            row=namedtuple("Row", [entry.keyname for entry in entries]),
        )
        self._compiled[dialect.name] = compiled
        return compiled
