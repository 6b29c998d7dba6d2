"""The fast lane on PostgreSQL: prepared statements straight through libpq, several in one journey.

A cursor of the driver costs four to ten times what its own libpq layer costs (a generator, a waiting loop and a query
object per execution). Here a statement is prepared once per connection and then run by one call; values are written and
read by the driver's own adapters. What else the driver or SQLAlchemy do on the connection is not disturbed: both look at
libpq's own transaction state.
"""

from collections.abc import Callable, Sequence
from select import POLLIN, poll
from typing import Any

from psycopg import Connection, errors, pq
from psycopg.adapt import PyFormat, Transformer

Row = Callable[[Sequence[Any]], Any]

IDLE = pq.TransactionStatus.IDLE
_TUPLES, _DONE, _SYNC = pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.PIPELINE_SYNC
_ABORTED = pq.ExecStatus.PIPELINE_ABORTED


class _Formats(dict[int, list[PyFormat]]):
    """How each of so many values is written."""

    def __missing__(self, count: int) -> list[PyFormat]:
        made = self[count] = [PyFormat.TEXT] * count
        return made


_TEXT = _Formats()


class Wire:
    """One connection's fast lane. A unit of work holds its connection alone, so nothing here is shared between threads."""

    def __init__(self, driver: "Connection[Any]") -> None:
        self._libpq = driver.pgconn
        self._adapt = Transformer.from_context(driver)
        self._encoding = driver.info.encoding
        self._names: dict[str, bytes] = {}
        self._arrived = poll()
        self._arrived.register(self._libpq.socket, POLLIN)

    @property
    def idle(self) -> bool:
        """True outside a transaction."""
        return self._libpq.transaction_status == IDLE

    def ask(self, sql: str, values: Sequence[Any], *, begin: bool) -> Any:
        """Run one statement; gives libpq's result. begin: open a transaction first, in the same journey.

        Raises the driver's error.
        """
        if begin:
            return self.together([("BEGIN", ()), (sql, values)])[1]
        return self._checked(self._libpq.exec_prepared(self._name(sql), self._written(values)))

    def together(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Run several statements in one journey; gives their results.

        Outside a transaction they are one of their own: all or nothing. Raises the driver's error of the first that failed.
        """
        libpq = self._libpq
        named = [(self._name(sql), self._written(values)) for sql, values in statements]
        libpq.enter_pipeline_mode()
        try:
            for name, values in named:
                libpq.send_query_prepared(name, values)
            libpq.pipeline_sync()
            found = self._collect()
        finally:
            if libpq.status == pq.ConnStatus.OK:
                libpq.exit_pipeline_mode()
        for result in found:
            self._checked(result)
        return found

    def rows(self, result: Any, make: Row) -> list[Any]:
        """The rows of a result, each through `make`."""
        self._adapt.set_pgresult(result)
        return self._adapt.load_rows(0, result.ntuples, make)

    def _written(self, values: Sequence[Any]) -> "Sequence[Any] | None":
        return self._adapt.dump_sequence(values, _TEXT[len(values)]) if values else None

    def _name(self, sql: str) -> bytes:
        name = self._names.get(sql)
        if name is None:
            name = b"lane%d" % len(self._names)
            self._checked(self._libpq.prepare(name, sql.encode()))
            self._names[sql] = name
        return name

    def _collect(self) -> list[Any]:
        """Results until the end of the journey; waits without holding up the other threads of the process."""
        libpq, found = self._libpq, list[Any]()
        while libpq.flush():
            self._wait()
        while True:
            while libpq.is_busy():
                self._wait()
            result = libpq.get_result()
            if result is None:
                continue
            if result.status == _SYNC:
                return found
            found.append(result)

    def _wait(self) -> None:
        self._arrived.poll()
        self._libpq.consume_input()

    def _checked(self, result: Any) -> Any:
        if result.status in (_TUPLES, _DONE):
            return result
        if result.status == _ABORTED:  # never the first that failed
            raise errors.InternalError("a statement of the same journey failed")
        raise errors.error_from_result(result, encoding=self._encoding)
