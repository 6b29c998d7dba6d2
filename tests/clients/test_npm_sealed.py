"""npm `openid-client` and `oauth4webapi`, unmodified: what the provider says of a person is signed, then encrypted to the application."""

import secrets

import pytest
from joserfc.jwk import ECKey, RSAKey

from demo.browser import Browser
from tests.clients.programs import CALLBACK, needs_npm, running
from tests.journeys import arrange
from tests.running import RunningServer
from tests.spec import spec

# What differs here is the application's library.
pytestmark = [needs_npm, pytest.mark.parametrize("server", ["sqlite"], indirect=True)]


@spec("OIDC Core", "10.2")
@spec("OIDC Core", "5.3.2")
@spec("RFC 7516", "5.1")
@spec("JARM", "2.2")
@pytest.mark.parametrize("alg", ["ECDH-ES", "RSA-OAEP-256"])
@pytest.mark.parametrize("script", ["sealed_openid_client.mjs", "sealed_oauth4webapi.mjs"])
def test_only_the_application_can_read_it(server: RunningServer, script: str, alg: str) -> None:
    who, client_id = arrange.employee(server), f"sealed-{secrets.token_hex(4)}"
    options = {"kid": "enc", "use": "enc", "alg": alg}
    key = ECKey.generate_key("P-256", options, private=True) if alg == "ECDH-ES" else RSAKey.generate_key(2048, options, private=True)
    secret = arrange.application(
        server, client_id, CALLBACK, jwks={"keys": [key.as_dict(private=False)]}, id_token_alg="ES256", id_token_key_alg=alg,
        userinfo_alg="ES256", userinfo_key_alg=alg, response_alg="ES256", response_key_alg=alg,
    )  # fmt: skip
    places = ("id_token", "userinfo", "authorization")
    metadata = {f"{one}_signed_response_alg": "ES256" for one in places} | {f"{one}_encrypted_response_alg": alg for one in places}
    browser = Browser(stop_at="http://localhost:1/")
    with running(script) as program:
        program.say({
            "issuer": server.base, "clientId": client_id, "secret": secret, "redirectUri": CALLBACK, "alg": alg,
            "key": key.as_dict(private=True), "metadata": metadata,
        })  # fmt: skip
        browser.open(program.hear()["open"])
        arrange.sign_in(browser, who)
        program.say({"at": browser.page.url})
        found = program.hear()
    assert found["userinfo"]["nip"] == who.number
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert found["parts"] == [5, 5]
    assert found["raw"] == ["application/jwt", 5]
    assert found["keyless"] != "accepted"
