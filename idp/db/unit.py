"""The unit of work: a SQLAlchemy session and the fast lane over one connection and one transaction.

Nothing is taken from the pool before the first statement; a commit or rollback gives the connection back. On PostgreSQL
the transaction opens with the first statement that may write or lock: what only reads before that sees what was committed
before it, as it would inside (READ COMMITTED).
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import PoolProxiedConnection

from idp.db.wire import IDLE, Row, Wire


class Unit(Session):
    """One unit of work over `engine`; read_only: it promises to write nothing, and takes no lock and no transaction for it."""

    def __init__(self, engine: Engine, *, read_only: bool = False) -> None:
        super().__init__(expire_on_commit=False)
        self._engine = engine
        self._read_only = read_only
        self._sqlite = engine.dialect.name == "sqlite"
        self._raw: PoolProxiedConnection | None = None
        self._core: Connection | None = None
        self._postponed: list[tuple[str, Sequence[Any]]] = []
        self.info["read_only"] = read_only

    @property
    def dialect(self) -> Dialect:
        """The dialect statements are compiled for."""
        return self._engine.dialect

    def run(self, sql: str, values: Sequence[Any], make: Row | None, *, bare: bool) -> tuple[int, list[Any]]:
        """Execute one statement of the fast lane, after all that was postponed: (rows written, rows read).

        make: turns a row into what the caller wants, None when no row is wanted; bare: it needs no transaction around it.
        """
        if self._postponed:
            self._catch_up()
        raw = self._connected()
        self._announce(sql, values)
        try:
            if self._sqlite:
                cursor: Any = raw.cursor()
                cursor.execute(sql, values)
                found = [make(row) for row in cursor.fetchall()] if make is not None else []
                count: int = cursor.rowcount
                cursor.close()
                return count, found
            wire = self._wire()
            result = wire.ask(sql, values, begin=not (bare or self._read_only) and wire.idle)
            return result.command_tuples or 0, wire.rows(result, make) if make is not None else []
        except self.dialect.loaded_dbapi.Error as error:
            raise self.wrapped(error, sql) from error

    def run_and_commit(self, sql: str, values: Sequence[Any]) -> int:
        """Execute one statement and commit: on PostgreSQL a statement outside a transaction is one. Gives the rows written."""
        alone = not self._sqlite and not self._postponed and self._core is None and (self._raw is None or self._wire().idle)
        count, _ = self.run(sql, values, None, bare=alone)
        self.commit()
        return count

    def postpone(self, sql: str, values: Sequence[Any]) -> None:
        """Execute a write before anything else is asked of this unit's connection, at the latest with the commit."""
        self._postponed.append((sql, values))

    def _catch_up(self, *, commit: bool = False) -> None:
        """Do what was postponed, in its order; over PostgreSQL in one journey, the commit included."""
        raw = self._connected()
        writes, self._postponed = self._postponed, []
        for sql, values in writes:
            self._announce(sql, values)
        try:
            if self._sqlite:
                driver: Any = raw.driver_connection
                for sql, values in writes:
                    driver.execute(sql, values)
                if commit:
                    driver.commit()
                return
            wire = self._wire()
            if not wire.idle:
                wire.together([*writes, ("COMMIT", ())] if commit else writes)
            elif not commit:
                wire.together([("BEGIN", ()), *writes])
            elif len(writes) == 1:
                wire.ask(*writes[0], begin=False)  # a statement alone is a transaction
            else:
                wire.together(writes)  # and so is one journey
        except self.dialect.loaded_dbapi.Error as error:
            raise self.wrapped(error) from error

    def _wire(self) -> Wire:
        """The fast lane of this unit's connection; kept as long as the connection is."""
        raw = self._connected()
        wire: Wire | None = raw.info.get("wire")
        if wire is None:
            wire = raw.info["wire"] = Wire(cast(Any, raw.driver_connection))
        return wire

    def _connected(self) -> PoolProxiedConnection:
        if self._raw is None:
            self._raw = self._engine.raw_connection()
            driver: Any = self._raw.driver_connection
            if self._sqlite:
                # A deferred transaction that starts with a read cannot upgrade once another writer has committed:
                # it fails at once with SQLITE_BUSY. So a unit that may write takes the lock first.
                driver.execute("BEGIN" if self._read_only else "BEGIN IMMEDIATE")
        return self._raw

    def get_bind(self, *args: Any, **kwargs: Any) -> Connection:
        """SQLAlchemy's connection over the same driver connection, for everything that is not on a hot path."""
        del args, kwargs
        if self._postponed:
            self._catch_up()
        raw = self._connected()
        if self._core is None:
            if self._read_only and not self._sqlite:
                raw.driver_connection.autocommit = True  # type: ignore[union-attr] # saves BEGIN and ROLLBACK
            self._core = Connection(self._engine, connection=raw)
        return self._core

    def begin_nested(self) -> SessionTransaction:
        """A savepoint, after what was postponed: that does not fall with it. Nothing may be postponed inside one."""
        if self._postponed:
            self._catch_up()
        return super().begin_nested()

    def commit(self) -> None:
        """Commit both, and give the connection back."""
        if self._core is not None and self._postponed:
            self._catch_up()  # SQLAlchemy's commit is the driver's too: nothing may stay behind for a second one
        if self.in_transaction():
            super().commit()
        if self._postponed:
            self._catch_up(commit=True)
            self._announce_end("commit")
            self._release()
        elif self._raw is not None:
            if self._raw.is_valid:
                if self._in_transaction():
                    self._end("COMMIT")
                self._announce_end("commit")
            self._release()

    def rollback(self) -> None:
        """Take back both, and give the connection back."""
        self._postponed.clear()
        if self.in_transaction():
            super().rollback()
        if self._raw is not None:
            if self._raw.is_valid and self._in_transaction():
                self._end("ROLLBACK")
                self._announce_end("rollback")
            self._release()

    def close(self) -> None:
        """Let go of everything; what was not committed is rolled back."""
        self._postponed.clear()
        if self.in_transaction() or len(self.identity_map):  # else the session was never used
            super().close()
        self._release()

    def wrapped(self, error: Exception, sql: str | None = None) -> BaseException:
        """The driver's error as SQLAlchemy would raise it."""
        return DBAPIError.instance(
            sql,
            None,
            error,
            self.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=self._lost(error),
            dialect=self.dialect,
        )

    def _lost(self, error: Exception) -> bool:
        """Whether `error` means that the connection is gone; it is then thrown away, with the pool's other old ones."""
        if self._raw is None or not self.dialect.is_disconnect(error, self._raw, None):  # type: ignore[arg-type]
            return False
        self._raw.invalidate(error)
        return True

    def _announce(self, sql: str, values: Sequence[Any]) -> None:
        """Tell who listens for statements (tests that watch the record), as SQLAlchemy would."""
        for listener in self._engine.dispatch.before_cursor_execute:
            listener(self._raw, None, sql, values, None, False)

    def _in_transaction(self) -> bool:
        return bool(self._raw.driver_connection.in_transaction) if self._sqlite else not self._wire().idle  # type: ignore[union-attr]

    def _end(self, how: str) -> None:
        try:
            if self._sqlite:
                self._connected().driver_connection.execute(how)  # type: ignore[union-attr]
            else:
                self._wire().ask(how, (), begin=False)
        except self.dialect.loaded_dbapi.Error as error:
            raise self.wrapped(error) from error

    def _announce_end(self, name: str) -> None:
        for listener in getattr(self._engine.dispatch, name):
            listener(self._raw)

    def _release(self) -> None:
        core, raw, self._core, self._raw = self._core, self._raw, None, None
        if raw is not None and not self._sqlite and raw.is_valid:
            driver: Any = raw.driver_connection
            if driver.pgconn.transaction_status != IDLE:  # whatever went wrong: the pool does not look
                driver.rollback()
            if core is not None and self._read_only:
                driver.autocommit = False
        if core is not None:
            core.close()
        elif raw is not None:
            raw.close()
