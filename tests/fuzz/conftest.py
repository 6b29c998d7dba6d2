"""One installation for all cases of a worker, and the same with real processes for those that go over HTTP."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from idp.app import create_app
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.kernel.randomness import SystemRandomness
from idp.wiring import Deps, Services
from tests import audit_watch
from tests.fuzz.scene import Scene
from tests.fuzz.wire import SocketWire, WsgiWire
from tests.running import start_server, test_settings

_PROXY = {"client_certificate_header": "X-Client-Certificate", "trusted_proxies": "127.0.0.1/32"}


@pytest.fixture(scope="package")
def scene(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """In process, through the WSGI entry; a request that changes something and records nothing fails too."""
    file = tmp_path_factory.mktemp("fuzz") / "idp.db"
    shutil.copy(sqlite_template, file)
    settings = test_settings(f"sqlite:///{file}", **_PROXY)
    deps = Deps.build(settings, clock=FrozenClock(datetime(2027, 3, 15, 2, 30, tzinfo=UTC)), randomness=SystemRandomness())
    deps.ring.ensure(OPERATOR)
    entry: Callable[..., Any] = create_app(settings, deps=deps)
    yield Scene(deps, WsgiWire(audit_watch.watch_requests(entry)), settings.issuer)
    deps.database.dispose()


@pytest.fixture(scope="package")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Real worker processes behind a socket."""
    folder = tmp_path_factory.mktemp("fuzz-served")
    shutil.copy(sqlite_template, folder / "idp.db")
    with start_server(f"sqlite:///{folder / 'idp.db'}", folder, **_PROXY) as server:
        deps = Deps.build(server.settings)
        with deps.database.unit() as session:
            Services(deps, session).organisations.seed(OPERATOR)
        yield Scene(deps, SocketWire(server.base), server.base)
        deps.database.dispose()
        said = server.log.read_text(errors="replace")
        assert "unforeseen" not in said and "Traceback" not in said, said[-4000:]
