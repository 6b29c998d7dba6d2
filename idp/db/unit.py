"""The unit of work: a SQLAlchemy session and the fast lane over one connection and one transaction.

Nothing is taken from the pool before the first statement; a commit or rollback gives the connection back.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import PoolProxiedConnection

_IDLE = 0  # libpq's PQTRANS_IDLE


class Unit(Session):
    """One unit of work over `engine`; read_only: it promises to write nothing, and takes no lock and no transaction for it."""

    def __init__(self, engine: Engine, *, read_only: bool = False) -> None:
        super().__init__(expire_on_commit=False)
        self._engine = engine
        self._read_only = read_only
        self._sqlite = engine.dialect.name == "sqlite"
        self._raw: PoolProxiedConnection | None = None
        self._core: Connection | None = None
        self._postponed: list[Callable[[], None]] = []
        self.info["read_only"] = read_only

    @property
    def dialect(self) -> Dialect:
        """The dialect statements are compiled for."""
        return self._engine.dialect

    def dbapi(self) -> PoolProxiedConnection:
        """The driver's connection of this unit, in its transaction, with all that was postponed done."""
        if self._postponed:
            self._catch_up()
        return self._connected()

    def postpone(self, write: Callable[[], None]) -> None:
        """Do `write` before anything else is asked of this unit's connection, at the latest with the commit."""
        self._postponed.append(write)

    def _catch_up(self, *, commit: bool = False) -> None:
        """Do what was postponed, in its order; over PostgreSQL in one journey, the commit included."""
        driver: Any = self._connected().driver_connection
        writes, self._postponed = self._postponed, []
        try:
            with nullcontext() if self._sqlite else driver.pipeline():
                for write in writes:
                    write()
                if commit:
                    driver.commit()
        except self.dialect.loaded_dbapi.Error as error:
            raise self.wrapped(error) from error

    def _connected(self) -> PoolProxiedConnection:
        if self._raw is None:
            self._raw = self._engine.raw_connection()
            driver: Any = self._raw.driver_connection
            if self._sqlite:
                # A deferred transaction that starts with a read cannot upgrade once another writer has committed:
                # it fails at once with SQLITE_BUSY. So a unit that may write takes the lock first.
                driver.execute("BEGIN" if self._read_only else "BEGIN IMMEDIATE")
            elif self._read_only:
                driver.autocommit = True  # saves BEGIN and ROLLBACK: each statement sees what was committed before it
        return self._raw

    def get_bind(self, *args: Any, **kwargs: Any) -> Connection:
        """SQLAlchemy's connection over the same driver connection, for everything that is not on a hot path."""
        del args, kwargs
        driver = self.dbapi()
        if self._core is None:
            self._core = Connection(self._engine, connection=driver)
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
                self._raw.driver_connection.commit()  # type: ignore[union-attr]
                self._announce_end("commit")
            self._release()

    def rollback(self) -> None:
        """Take back both, and give the connection back."""
        self._postponed.clear()
        if self.in_transaction():
            super().rollback()
        if self._raw is not None:
            if self._raw.is_valid and self._in_transaction():
                self._raw.driver_connection.rollback()  # type: ignore[union-attr]
                self._announce_end("rollback")
            self._release()

    def close(self) -> None:
        """Let go of everything; what was not committed is rolled back."""
        self._postponed.clear()
        super().close()
        self._release()

    def wrapped(self, error: Exception, sql: str | None = None, cursor: DBAPICursor | None = None) -> BaseException:
        """The driver's error as SQLAlchemy would raise it."""
        return DBAPIError.instance(
            sql,
            None,
            error,
            self.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=self._lost(error, cursor),
            dialect=self.dialect,
        )

    def _lost(self, error: Exception, cursor: DBAPICursor | None) -> bool:
        """Whether `error` means that the connection is gone; it is then thrown away, with the pool's other old ones."""
        if self._raw is None or not self.dialect.is_disconnect(error, self._raw, cursor):  # type: ignore[arg-type]
            return False
        self._raw.invalidate(error)
        return True

    def announce(self, cursor: DBAPICursor, sql: str, parameters: Any) -> None:
        """Tell who listens for statements (tests that watch the record), as SQLAlchemy would."""
        for listener in self._engine.dispatch.before_cursor_execute:
            listener(self._raw, cursor, sql, parameters, None, False)

    def _in_transaction(self) -> bool:
        driver: Any = self._raw.driver_connection  # type: ignore[union-attr]
        return bool(driver.in_transaction) if self._sqlite else driver.pgconn.transaction_status != _IDLE

    def _announce_end(self, name: str) -> None:
        for listener in getattr(self._engine.dispatch, name):
            listener(self._raw)

    def _release(self) -> None:
        core, raw, self._core, self._raw = self._core, self._raw, None, None
        if raw is not None and raw.is_valid and self._read_only and not self._sqlite:
            raw.driver_connection.autocommit = False  # type: ignore[union-attr]
        if core is not None:
            core.close()
        elif raw is not None:
            raw.close()
