"""The fixtures every test may ask for.

`clock`, `randomness`; `database` (migrated and empty, once with SQLite and once with PostgreSQL), `session` (one unit of work, rolled
back), `deps` and `services` (the house wired on them), `app` and `client` (Flask), `server` (real worker processes on a loopback port).
A test that needs one database only says ``@pytest.mark.parametrize("database", ["sqlite"], indirect=True)``.
"""

import os
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from sqlalchemy.orm import Session

from idp.db import migrate
from idp.db.session import Database
from idp.kernel.clock import FrozenClock
from idp.kernel.randomness import SystemRandomness
from tests import audit_watch, postgresql, shared
from tests.running import RunningServer, start_server, test_settings

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

    from idp.settings import Settings
    from idp.wiring import Deps, Services

# How fast this machine is at the moment is not what a property test is about.
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")

BACKENDS = ("sqlite", "postgresql")
# Far from today, so that code which reads the machine's clock instead of the one handed in is found out.
NOW = datetime(2027, 3, 15, 2, 30, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    """Open what the workers of this run share (in the process that starts them)."""
    if not hasattr(config, "workerinput"):
        shared.open_directory()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop PostgreSQL and remove the shared directory."""
    if not hasattr(config, "workerinput"):
        postgresql.stop()
        shared.close_directory()


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One real browser for all tests of this process; each makes contexts of its own."""
    from tests import browser

    if reason := browser.axe_missing():
        pytest.skip(reason)
    with browser.chromium() as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Nothing in this process may reach beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that moves only when told to."""
    return FrozenClock(NOW)


@pytest.fixture
def randomness() -> SystemRandomness:
    """Real randomness: no test may depend on its values."""
    return SystemRandomness()


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """A migrated SQLite file, made once a run; copy it, never write to it."""
    path = shared.directory() / "template.db"
    shared.once("sqlite-template", lambda: migrate.upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_template() -> str:
    """The name of a migrated PostgreSQL database, made once a run; clone it."""
    if reason := postgresql.missing():
        pytest.skip(reason)
    postgresql.start()

    def make() -> None:
        postgresql.create_empty(postgresql.TEMPLATE)
        migrate.upgrade(postgresql.url(postgresql.TEMPLATE))

    shared.once("postgresql-template", make)
    return postgresql.TEMPLATE


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def _postgresql_database(postgresql_template: str) -> Iterator[Database]:
    """This worker's own clone of the template."""
    name = f"idp_{_worker()}"
    postgresql.clone(name)
    database = Database(postgresql.url(name))
    yield database
    database.dispose()
    postgresql.drop(name)


@pytest.fixture
def _empty_postgresql(_postgresql_database: Database) -> Iterator[Database]:
    """The worker's database, emptied after the test."""
    yield _postgresql_database
    _postgresql_database.dispose()
    with postgresql.connect(str(_postgresql_database.url.database)) as connection:
        postgresql.empty(connection)


@pytest.fixture
def _empty_sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of the template for this test."""
    shutil.copy(sqlite_template, tmp_path / "idp.db")
    database = Database(f"sqlite:///{tmp_path / 'idp.db'}")
    yield database
    database.dispose()


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest) -> Database:
    """A migrated, empty database; the test runs once with each kind."""
    found: Database = request.getfixturevalue(f"_empty_{request.param}")
    return found


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One unit of work, rolled back at the end. On SQLite it holds the write lock from its first statement on."""
    with database.unit() as unit:
        yield unit
        unit.rollback()


@pytest.fixture
def settings(database: Database) -> "Settings":
    """Settings for a test: cheap password hashes, this test's database, http on localhost."""
    return test_settings(database.url.render_as_string(hide_password=False))


@pytest.fixture
def deps(settings: "Settings", database: Database, clock: FrozenClock, randomness: SystemRandomness) -> "Iterator[Deps]":
    """What one process shares: engine, keys, caches."""
    from idp.wiring import Deps

    built = Deps.build(settings, clock=clock, randomness=randomness)
    yield built
    built.database.dispose()


@pytest.fixture
def services(deps: "Deps", session: Session) -> "Services":
    """Every service of the house on the test's unit of work."""
    from idp.wiring import Services

    return Services(deps, session)


@pytest.fixture
def app(settings: "Settings", deps: "Deps") -> "Flask":
    """The Flask application on this test's database; a request that changes something and records nothing fails (audit_watch)."""
    from idp.app import create_app

    built = create_app(settings, deps=deps)
    built.wsgi_app = audit_watch.watch_requests(built.wsgi_app)  # type: ignore[method-assign]
    return built


@pytest.fixture
def client(app: "Flask") -> "FlaskClient":
    """A browser without a browser: it keeps cookies and follows nothing by itself."""
    return app.test_client()


def copy_of_template(request: pytest.FixtureRequest, folder: Path, name: str) -> str:
    """The URL of a migrated, empty database of the kind `request.param` names: a file in `folder`, or this worker's clone called `name`."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "idp.db")
        return f"sqlite:///{folder / 'idp.db'}"
    request.getfixturevalue("postgresql_template")
    clone = f"{name}_{_worker()}"
    postgresql.clone(clone)
    return postgresql.url(clone)


@pytest.fixture(scope="module", params=BACKENDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The real server, two worker processes on a loopback port, with a database that lives as long as the test module."""
    folder = tmp_path_factory.mktemp("server")
    with start_server(copy_of_template(request, folder, "idp_server"), folder) as running:
        yield running
