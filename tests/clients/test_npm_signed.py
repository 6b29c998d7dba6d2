"""npm `openid-client` and `oauth4webapi`, unmodified, under FAPI 2.0 Message Signing, at a provider that demands DPoP nonces."""

import secrets
from collections.abc import Iterator

import pytest
from joserfc.jwk import ECKey

from demo.browser import Browser
from tests.clients.programs import CALLBACK, needs_npm, running
from tests.conftest import BACKENDS, copy_of_template
from tests.journeys import arrange
from tests.running import RunningServer, start_server
from tests.spec import spec

pytestmark = needs_npm


@pytest.fixture(scope="module", params=BACKENDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The provider with `IDP_DPOP_NONCES` on."""
    folder = tmp_path_factory.mktemp("server")
    with start_server(copy_of_template(request, folder, "idp_nonces"), folder, dpop_nonces=True) as started:
        yield started


@spec("RFC 9126", "2.1")
@spec("RFC 9101", "5")
@spec("JARM", "2.3")
@spec("RFC 7523", "2.2")
@spec("RFC 9449", "8")
@spec("RFC 9701", "5")
@pytest.mark.parametrize("script", ["signed_openid_client.mjs", "signed_oauth4webapi.mjs"])
def test_a_signed_request_is_pushed_and_a_signed_answer_read(server: RunningServer, script: str) -> None:
    who, client_id = arrange.employee(server), f"fapi-{secrets.token_hex(4)}"
    key = ECKey.generate_key("P-256", {"kid": "k", "use": "sig", "alg": "ES256"}, private=True)
    callback = CALLBACK.replace("http:", "https:")
    arrange.application(
        server, client_id, callback, profile="fapi2-message-signing", auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]}, introspection_alg="ES256",
    )  # fmt: skip
    browser = Browser(stop_at="https://localhost:1/")
    with running(script) as program:
        program.say({
            "issuer": server.base, "clientId": client_id, "redirectUri": callback, "scope": "openid profile asn",
            "privateKey": key.as_pem(private=True).decode(), "kid": "k",
        })  # fmt: skip
        browser.open(program.hear()["open"])
        arrange.sign_in(browser, who)
        program.say({"at": browser.page.url})
        found = program.hear()
    assert sorted(found["asked"]) == ["client_id", "request_uri"]
    assert found["answered"] == ["response"]
    assert found["userinfo"]["nip"] == found["again"]["nip"] == who.number
    assert found["claims"]["aud"] == client_id
    assert found["asBearer"] == "invalid_token"
    assert found["media"].startswith("application/token-introspection+jwt")
    assert found["introspected"]["active"] is True
    assert (found["tokenType"], found["introspected"]["token_type"]) == ("dpop", "DPoP")
    assert found["introspected"]["cnf"].keys() == {"jkt"}
    assert found["revoked"] == {"active": False}
    # The nonce was demanded, and one refusal was enough for the whole life: each answer brings the next nonce.
    assert found["challenged"] == ["/par"]
