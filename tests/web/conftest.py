"""People and browsers for the tests of pages; one database kind is enough here."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from idp.db.session import Database
from idp.directory.people import NewPerson
from idp.kernel.actor import OPERATOR
from idp.wiring import Deps, Services
from tests.web.admin_desk import AdminDesk
from tests.web.stage import Silent, make_app
from tests.web.visitor import NUMBER, PASSWORD, Visitor


@pytest.fixture
def database(_empty_sqlite: Database) -> Database:
    """Pages are tested on SQLite; the rooms below them on both databases."""
    return _empty_sqlite


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The scenes on a loopback port."""
    server = make_server("127.0.0.1", 0, make_app(), threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Siti:
    """An employee of Kota Medan."""

    id: str
    username: str
    secret: str | None = None


@pytest.fixture
def siti(deps: Deps) -> Siti:
    """Siti, active, with a password and no second factor."""
    with deps.database.unit() as session:
        services = Services(deps, session)
        services.organisations.seed(OPERATOR)
        new = NewPerson(
            username="siti.harahap",
            name="Siti Harahap",
            number=NUMBER,
            government_code="12.71",
            email="siti@example.go.id",
            status="active",
        )
        person = services.people.create(OPERATOR, new)
        services.passwords.set(OPERATOR, person, PASSWORD)
        return Siti(person.id, person.username)


@pytest.fixture
def siti_with_app(deps: Deps, siti: Siti) -> Siti:
    """Siti, with an authenticator app."""
    with deps.database.unit() as session:
        services = Services(deps, session)
        person = services.people.get(siti.id)
        assert person is not None
        siti.secret = services.factors.enrol_for(OPERATOR, person).secret
    return siti


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A browser."""
    return Visitor(app.test_client())


@pytest.fixture
def another(app: Flask) -> Visitor:
    """Another browser."""
    return Visitor(app.test_client())


@pytest.fixture
def unit(deps: Deps) -> Iterator[Any]:
    """A function that opens services in a committed unit."""
    from contextlib import contextmanager

    @contextmanager
    def opened() -> Iterator[Services]:
        with deps.database.unit() as session:
            yield Services(deps, session)

    yield opened


@pytest.fixture
def desk(app: Flask, deps: Deps) -> AdminDesk:
    """People who administer, and their browsers."""
    return AdminDesk(app, deps)
