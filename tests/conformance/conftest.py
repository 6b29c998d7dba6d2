"""One server, one person and one signed-in browser for the whole kit; relying parties of each kind that the plans name."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import text

from demo.browser import Browser
from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.wiring import Deps, Services
from tests.conformance.fapi import Fapi
from tests.conformance.suite import CALLBACK, HOME, OUT, Provider, Suite
from tests.journeys.arrange import Employee, employee
from tests.protocol.certificates import Authority, self_signed
from tests.running import RunningServer, start_server

Make = Callable[..., Suite]
KEYS = ("private_key_jwt-static_client", "private_key_jwt-dynamic_client")
VARIANTS = (*KEYS, "mtls-static_client", "mtls-dynamic_client")
with_assertions = pytest.mark.parametrize("variant", KEYS, indirect=True)


@pytest.fixture(scope="session")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[RunningServer]:
    """The running provider, behind a proxy that hands client certificates on.

    The databases do not differ in any of this; the races are tested on both elsewhere.
    """
    folder = tmp_path_factory.mktemp("conformance")
    shutil.copy(sqlite_template, folder / "idp.db")
    (folder / "ca.pem").write_text(authority.pem)
    proxy = {"client_certificate_header": "X-Client-Certificate", "trusted_proxies": "127.0.0.1/32", "client_ca_file": folder / "ca.pem"}
    with start_server(f"sqlite:///{folder / 'idp.db'}", folder, **proxy) as running:
        yield running


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Whose certificates the provider takes for clients of tls_client_auth."""
    return Authority(datetime.now(UTC))


@pytest.fixture(scope="session")
def operator(server: RunningServer) -> Iterator[Deps]:
    """What an operator works with, beside the server."""
    deps = Deps.build(server.settings)
    yield deps
    deps.database.dispose()


@pytest.fixture(scope="session")
def provider(server: RunningServer) -> Provider:
    return Provider.at(server.base)


@pytest.fixture(scope="session")
def who(server: RunningServer) -> Employee:
    """The person who signs in, by the forms, with a password."""
    return employee(server, enrolled=False)


@pytest.fixture(scope="session")
def browser() -> Browser:
    """The shared browser: who is signed in there stays so, until a module signs them out."""
    return new_browser()


def new_browser() -> Browser:
    """A browser nobody has signed in with."""
    made = Browser(stop_at=HOME)
    made.http.trust_env = False
    return made


@pytest.fixture(scope="session")
def initial_access_token(server: RunningServer) -> str:
    """What the suite is configured with for its dynamic clients."""
    return initial_token(server, "compatible")


def initial_token(server: RunningServer, policy: str) -> str:
    """An initial access token for the government that the person belongs to."""
    with server.services() as services:
        made = services.registry.registration.create_token(OPERATOR, policy=policy, government="12.71", uses=1000, days=1)
    return str(made[1])


@pytest.fixture(params=["static_client", "dynamic_client"])
def registration(request: pytest.FixtureRequest) -> str:
    """The suite's variant client_registration."""
    return str(request.param)


@pytest.fixture
def make(operator: Deps, provider: Provider, who: Employee, browser: Browser, initial_access_token: str) -> Make:
    """Registers relying parties. fields: of the client metadata, as RFC 7591 names them; they mean the same for static clients."""

    def made(registration: str, **fields: Any) -> Suite:
        metadata = {"redirect_uris": [CALLBACK], "post_logout_redirect_uris": [OUT]} | fields
        dynamic = registration == "dynamic_client"
        found = registered(provider, initial_access_token, metadata) if dynamic else configured(operator, metadata)
        suite = Suite(provider, browser, who, found["client_id"], found.get("client_secret"), registration=found)
        suite.method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
        suite.redirect_uri = metadata["redirect_uris"][0]
        return suite

    return made


def register(provider: Provider, token: str, metadata: dict[str, Any]) -> requests.Response:
    """POST client metadata."""
    header = {"Authorization": f"Bearer {token}"}
    return requests.post(provider.metadata["registration_endpoint"], json=metadata, headers=header, timeout=10)


def registered(provider: Provider, token: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """A dynamic client, and the checks that the suite makes of each registration (RFC 7591 section 3.2.1)."""
    answer = register(provider, token, {"response_types": ["code"], "client_name": "Conformance kit"} | metadata)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Content-Type"].split(";")[0] == "application/json"
    found: dict[str, Any] = answer.json()
    assert found["registration_client_uri"].startswith(provider.base)
    assert found["registration_access_token"]
    assert "client_secret" not in found or found["client_secret_expires_at"] == 0
    return found


_FIELDS = {
    "token_endpoint_auth_method": "auth_method", "id_token_signed_response_alg": "id_token_alg", "grant_types": "grants",
    "userinfo_signed_response_alg": "userinfo_alg", "request_object_signing_alg": "request_object_alg",
}  # fmt: skip


def configured(operator: Deps, metadata: dict[str, Any]) -> dict[str, Any]:
    """A static client, as an operator registers it for the suite: no PKCE, all scopes of the plans."""
    values = {_FIELDS.get(name, name): tuple(value) if isinstance(value, list) else value for name, value in metadata.items()}
    given: dict[str, Any] = {
        "client_id": f"rp-{secrets.token_hex(4)}", "first_party": True, "require_pkce": False,
        "scopes": ("openid", "profile", "email", "phone", "address", "offline_access"), **values,
    }  # fmt: skip
    with operator.database.unit() as unit:
        client, secret = Services(operator, unit).registry.create(OPERATOR, NewClient(**given))
    return {"client_id": client.client_id, "client_secret": secret}


@pytest.fixture(scope="session")
def fapi_tokens(server: RunningServer) -> dict[bool, str]:
    """What FAPI 2.0's dynamic clients register with; True: Message Signing."""
    return {False: initial_token(server, "fapi2-security"), True: initial_token(server, "fapi2-signing")}


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> str:
    """How a client of FAPI 2.0 proves itself and binds its tokens, and how it was registered."""
    return str(request.param)


@pytest.fixture
def fapi(
    variant: str, operator: Deps, provider: Provider, who: Employee, browser: Browser, authority: Authority, fapi_tokens: dict[bool, str]
) -> Callable[..., Fapi]:
    """Registers relying parties of FAPI 2.0. signed: Message Signing, else the Security Profile."""

    def made(*, signed: bool, **fields: Any) -> Fapi:
        party = Fapi(provider, browser, who, "", None, signing_alg="ES256", signed=signed)
        dynamic = variant.endswith("dynamic_client")
        metadata = {"redirect_uris": [CALLBACK], **_proof_of(party, variant, authority), **fields}
        if dynamic:  # the profile is the policy's, and only an operator makes a client first-party
            metadata.pop("first_party", None)
            found = registered(provider, fapi_tokens[signed], metadata)
        else:
            found = configured(operator, metadata | {"profile": "fapi2-message-signing" if signed else "fapi2-security-profile"})
        party.client_id = found["client_id"]
        return party

    return made


def _proof_of(party: Fapi, variant: str, authority: Authority) -> dict[str, Any]:
    """The metadata by which the party is known; gives it its certificate under mutual TLS."""
    if not variant.startswith("mtls"):
        return {"token_endpoint_auth_method": "private_key_jwt", "jwks": party.jwks()}
    if variant.endswith("dynamic_client"):
        party.held = self_signed(datetime.now(UTC))
        own = {"keys": [*party.jwks()["keys"], *({**key, "kid": "certificate"} for key in party.held.jwks()["keys"])]}
        return {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": own}
    name = f"CN={secrets.token_hex(6)},C=ID"
    party.held = authority.issue(name)
    return {"token_endpoint_auth_method": "tls_client_auth", "jwks": party.jwks(), "tls_subject_type": "dn", "tls_subject": name}


@pytest.fixture
def later(operator: Deps) -> Callable[[str], None]:
    """Lets what a client holds expire: the row's time is moved, nobody waits for it."""

    def moved(statement: str) -> None:
        with operator.database.unit() as unit:
            unit.execute(text(statement), {"past": operator.clock.now() - timedelta(minutes=5)})

    return moved
