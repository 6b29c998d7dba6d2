"""The engine and the unit of work: return commits, raise rolls back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from idp.db.unit import Unit

STATEMENT_TIMEOUT_MS = 3000


class Database:
    """One engine; hands out units of work.

    url: SQLAlchemy URL, ``sqlite:///path`` or ``postgresql+psycopg://…``; pool_size: connections kept per process.
    """

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url, pool_size)

    @contextmanager
    def unit(self, *, read_only: bool = False) -> Iterator[Session]:
        """A session whose work is committed when the block returns and rolled back when it raises.

        read_only: the block promises to write nothing; SQLite then takes no write lock, and nothing is committed.
        """
        unit = Unit(self.engine, read_only=read_only)
        try:
            yield unit
            if read_only:
                unit.rollback()
            else:
                unit.commit()
        except BaseException:
            unit.rollback()
            raise
        finally:
            unit.close()

    def ping(self) -> bool:
        """True when the database answers; raises nothing."""
        try:
            with self.unit(read_only=True) as session:
                session.execute(text("SELECT 1"))
            return True
        except Exception:  # noqa: BLE001 - readiness is a yes or a no, whatever went wrong
            return False

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def checkpoint(session: Session) -> None:
    """Commit what was recorded so far and give the connection back, before slow work (a password hash).

    Used where holding a transaction open would block others; what was recorded must be true by itself.
    """
    session.commit()


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": 10, "check_same_thread": False}, pool_size=16, max_overflow=32, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "cache_size=-16000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A unit has begun already (unit.py); this is for what comes past it: migrations, the readiness check.
        if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL, pool_size: int) -> Engine:
    options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=1,
        pool_recycle=1800,
        pool_use_lifo=True,
        pool_reset_on_return=None,  # a unit gives back no connection with a transaction (unit.py); asking anew costs more than a pool
        hide_parameters=True,  # an error that is logged must not carry what was bound: digests, addresses, numbers (ASVS 16.2.5)
        # The fast lane prepares its own statements; the driver's would be thrown away, ours with them, at each rollback.
        connect_args={"connect_timeout": 2, "options": options, "prepare_threshold": None, "tcp_user_timeout": 5000},
    )
