"""npm `oauth4webapi`, unmodified, against a client under FAPI 2.0 Message Signing."""

import secrets
from collections.abc import Iterator

import pytest
from joserfc.jwk import ECKey

from demo.browser import Browser
from tests.clients.test_npm_openid_client import CALLBACK, NODE, Program
from tests.journeys import arrange
from tests.running import RunningServer

pytestmark = pytest.mark.skipif(
    not (NODE / "node_modules" / "oauth4webapi").exists(),
    reason="tests/clients/node/node_modules is missing (make test installs it as root on Debian)",
)


@pytest.fixture
def program() -> Iterator[Program]:
    started = Program("oauth4webapi.mjs")
    yield started
    started.close()


def test_a_signed_request_is_pushed_and_a_signed_answer_read(server: RunningServer, program: Program) -> None:
    who, client_id = arrange.employee(server), f"fapi-{secrets.token_hex(4)}"
    key = ECKey.generate_key("P-256", {"kid": "k", "use": "sig", "alg": "ES256"}, private=True)
    callback = CALLBACK.replace("http:", "https:")  # nobody listens: the browser stops at the redirect
    arrange.application(
        server, client_id, callback, profile="fapi2-message-signing", auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]}, introspection_alg="ES256",
    )  # fmt: skip
    plan = {
        "issuer": server.base, "clientId": client_id, "redirectUri": callback, "scope": "openid profile asn",
        "privateKey": key.as_pem(private=True).decode(), "kid": "k",
    }  # fmt: skip
    program.say(plan)
    browser = Browser(stop_at="https://localhost:1/")
    browser.open(program.hear()["open"])
    arrange.sign_in(browser, who)
    program.say({"at": browser.page.url})
    found = program.hear()
    assert found["userinfo"]["nip"] == who.number
    assert found["claims"]["aud"] == client_id
    assert found["media"].startswith("application/token-introspection+jwt")
    assert found["introspected"]["active"] is True
    assert (found["tokenType"], found["introspected"]["token_type"]) == ("dpop", "DPoP")
    assert found["introspected"]["cnf"].keys() == {"jkt"}
    assert found["expiresIn"] <= 90
