"""npm `openid-client` and `oauth4webapi`, unmodified, under FAPI 2.0 Message Signing, at a provider that demands DPoP nonces."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

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


SIGNED = {
    "token_endpoint_auth_method": "private_key_jwt", "id_token_signed_response_alg": "ES256",
    "authorization_signed_response_alg": "ES256", "introspection_signed_response_alg": "ES256",
}  # fmt: skip
SCRIPTS = ["signed_openid_client.mjs", "signed_oauth4webapi.mjs"]
REDIRECT = CALLBACK.replace("http:", "https:")


def _key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "k", "use": "sig", "alg": "ES256"}, private=True)


@spec("FAPI 2.0", "5.3.1")
@spec("RFC 9126", "2.1")
@spec("RFC 9101", "5")
@spec("JARM", "2.3")
@spec("RFC 7523", "2.2")
@spec("RFC 9449", "8")
@spec("RFC 9701", "5")
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_signed_request_is_pushed_and_a_signed_answer_read(server: RunningServer, script: str) -> None:
    client_id, key = f"fapi-{secrets.token_hex(4)}", _key()
    arrange.application(
        server, client_id, REDIRECT, profile="fapi2-message-signing", auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]}, introspection_alg="ES256",
    )  # fmt: skip
    found = _live(server, script, key, clientId=client_id, metadata=SIGNED)
    assert found["clientId"] == client_id


@spec("RFC 7591", "2")
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_client_that_registers_itself_asks_for_all_of_it(server: RunningServer, script: str) -> None:
    """The registration says what it wants signed, pushed and bound; the answer alone configures the library."""
    key = _key()
    made = json.loads(server.idp("registration-token", "create", "--policy", "government", "--government", "12.71", "--json"))
    metadata = SIGNED | {
        "client_name": "Perizinan", "redirect_uris": [REDIRECT], "jwks": {"keys": [key.as_dict(private=False)]},
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "scope": "openid profile asn",
        "require_pushed_authorization_requests": True, "require_signed_request_object": True, "request_object_signing_alg": "ES256",
        "dpop_bound_access_tokens": True,
    }  # fmt: skip
    _live(server, script, key, initialAccessToken=made["initial_access_token"], metadata=metadata)


def _live(server: RunningServer, script: str, key: ECKey, **plan: Any) -> dict[str, Any]:
    """From the pushed request to the revoked token; gives what the library found, which must be right."""
    who, browser = arrange.employee(server), Browser(stop_at="https://localhost:1/")
    with running(script) as program:
        private = key.as_pem(private=True).decode()
        program.say(
            {"issuer": server.base, "redirectUri": REDIRECT, "scope": "openid profile asn", "privateKey": private, "kid": "k", **plan}
        )
        browser.open(program.hear()["open"])
        arrange.sign_in(browser, who)
        program.say({"at": browser.page.url})
        found = program.hear()
    assert sorted(found["asked"]) == ["client_id", "request_uri"]
    assert found["answered"] == ["response"]
    assert found["userinfo"]["nip"] == found["again"]["nip"] == who.number
    assert found["claims"]["aud"] == found["clientId"]
    assert found["asBearer"] == "invalid_token"
    assert found["media"].startswith("application/token-introspection+jwt")
    assert found["introspected"]["active"] is True
    assert (found["tokenType"], found["introspected"]["token_type"]) == ("dpop", "DPoP")
    assert found["introspected"]["cnf"].keys() == {"jkt"}
    assert found["revoked"] == {"active": False}
    # The nonce was demanded, and one refusal was enough for the whole life: each answer brings the next nonce.
    assert found["challenged"] == ["/par"]
    return found
