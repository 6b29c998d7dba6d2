"""npm `openid-client` and `oauth4webapi`, unmodified, as machine clients: a token, what it is (JSON), its end."""

import secrets

import pytest

from tests.clients.programs import needs_npm, running
from tests.journeys import arrange
from tests.running import RunningServer
from tests.spec import spec

pytestmark = needs_npm


@spec("RFC 6749", "4.4.2")
@spec("RFC 7662", "2.2")
@spec("RFC 7009", "2.1")
@pytest.mark.parametrize("script", ["machine_openid_client.mjs", "machine_oauth4webapi.mjs"])
def test_a_machine_client(server: RunningServer, script: str) -> None:
    client_id = f"machine-{secrets.token_hex(4)}"
    secret = arrange.application_without_people(server, client_id)
    with running(script) as program:
        program.say({"issuer": server.base, "clientId": client_id, "secret": secret})
        found = program.hear()
    assert found["introspected"]["active"] is True
    assert found["introspected"]["client_id"] == client_id
    assert found["revoked"] == {"active": False}
    assert found["refresh"] is None
    assert found["type"] == "bearer"
