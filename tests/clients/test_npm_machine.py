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


@spec("RFC 9068", "4")
@spec("RFC 8707", "2.2")
@spec("RFC 9449", "7.1")
def test_an_api_checks_tokens_by_the_published_keys(server: RunningServer) -> None:
    client_id, api = f"machine-{secrets.token_hex(4)}", f"https://{secrets.token_hex(4)}.example.go.id/pajak"
    secret = arrange.application_without_people(server, client_id, resources=(api,))
    with running("api_oauth4webapi.mjs") as program:
        program.say({
            "issuer": server.base, "clientId": client_id, "secret": secret, "api": f"{api}/1", "audience": api,
            "parameters": {"resource": api},
        })  # fmt: skip
        found = program.hear()
    assert (found["claims"]["client_id"], found["claims"]["aud"]) == (client_id, api)
    assert "cnf" not in found["claims"]
    assert found["types"] == ["bearer", "dpop"]
    assert found["boundClaims"]["cnf"].keys() == {"jkt"}
    assert "audience" in found["elsewhere"]
    assert "confirmation mismatch" in found["stolen"]
    assert "DPoP" in found["asBearer"]
