"""The scene of the attacks (design: attacks.md): a hostile stranger against two worker processes, on both databases."""

from collections.abc import Iterator

import pytest

from idp.kernel.actor import OPERATOR
from idp.wiring import Deps, Services
from tests.attacks.keyring import Holder, holder
from tests.attacks.stage import Human, Stage
from tests.conftest import BACKENDS, copy_of_template
from tests.running import RunningServer, start_server


@pytest.fixture(scope="package", params=BACKENDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """As everywhere else, but one for all attacks on a database: starting it is slower than most attacks."""
    folder = tmp_path_factory.mktemp("attacked")
    with start_server(copy_of_template(request, folder, "idp_attacked"), folder) as running:
        yield running


@pytest.fixture(scope="package")
def stage(server: RunningServer) -> Iterator[Stage]:
    """The server, and services on its database to arrange with."""
    deps = Deps.build(server.settings)
    with deps.database.unit() as session:
        Services(deps, session).organisations.seed(OPERATOR)
    yield Stage(server, deps)
    deps.database.dispose()


@pytest.fixture(scope="package")
def user(stage: Stage) -> Human:
    """A person with a password only, for attacks that leave them as they are."""
    return stage.human()


@pytest.fixture(scope="package")
def owner(stage: Stage) -> Holder:
    """A person with a passkey and an authenticator app, for attacks that leave them as they are."""
    return holder(stage, enrolled=True)


@pytest.fixture(autouse=True)
def _no_5xx_and_no_trace(stage: Stage) -> Iterator[None]:
    """O1 of every case: nothing unforeseen happened in the server while the attack ran."""
    before = len(stage.server.log.read_text(errors="replace"))
    yield
    said = stage.server.log.read_text(errors="replace")[before:]
    assert "unforeseen" not in said and "Traceback" not in said, said[-3000:]
