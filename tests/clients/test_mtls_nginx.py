"""Client certificates behind nginx, with the configuration that is shipped: real handshakes, and headers that nobody may forge."""

import json
import secrets
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey

from tests.clients import mutual_tls
from tests.clients.mutual_tls import LIBRARIES, METHODS, Application, Files
from tests.clients.nginx_front import NGINX, nginx
from tests.clients.programs import CALLBACK, needs_npm
from tests.journeys import arrange
from tests.protocol.certificates import Held, self_signed
from tests.running import RunningServer, free_port, start_server
from tests.spec import spec

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (deploy/tools/test-programs)")
STRANGER = "127.0.0.2"  # an address of this machine that IDP_TRUSTED_PROXIES does not name


@dataclass(frozen=True)
class Front:
    """The provider with nginx in front. issuer: where browsers go; mtls: where certificates are asked for."""

    server: RunningServer
    kept: Files
    issuer: str
    mtls: str

    def machine(self, method: str = "tls_client_auth") -> Application:
        return mutual_tls.machine(self.server, self.kept.authority, method)

    def ask(
        self, base: str, app: Application, held: Held | None = None, headers: dict[str, str] | None = None, source: str | None = None
    ) -> httpx.Response:
        """A token for `app` over a connection with the certificate `held`, or without one."""
        return mutual_tls.post(self.kept, f"{base}/token", app.request, held, headers, source)


@pytest.fixture(scope="module")
def front(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One provider and one nginx for the module; one kind of database: what differs here is the connection."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "idp.db").write_bytes(sqlite_template.read_bytes())
    kept = mutual_tls.files(folder)
    issuer, mtls = (f"https://localhost:{free_port()}" for _ in range(2))
    changes = {
        "issuer": issuer, "mtls_origin": mtls, "trusted_proxies": "127.0.0.1/32", "client_certificate_header": "X-Client-Certificate",
        "client_ca_file": kept.ca, "argon2_memory_kib": 19456, "mail_from": "sso@example.go.id",
    }  # fmt: skip
    with start_server(f"sqlite:///{folder / 'idp.db'}", folder, **changes) as server:
        upstream = server.base.replace("http://localhost", "127.0.0.1")
        with nginx(folder, certificate=kept.certificate, key=kept.key, issuer=issuer, mtls=mtls, upstream=upstream):
            yield Front(server, kept, issuer, mtls)


@needs_npm
@spec("RFC 8705", "2")
@spec("RFC 8705", "3")
@spec("RFC 8705", "5")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("script", LIBRARIES)
def test_a_library_signs_in_with_a_client_certificate(front: Front, script: str, method: str) -> None:
    app = mutual_tls.application(front.server, front.kept.authority, method)
    other = mutual_tls.application(front.server, front.kept.authority, method)
    found = mutual_tls.live(front.server, front.kept, script, app, other.held)
    mutual_tls.check(found, app)
    assert found["aliases"]["token_endpoint"] == f"{front.mtls}/token"


@needs_npm
@spec("FAPI 2.0", "5.3.2.1")
@pytest.mark.parametrize("script", LIBRARIES)
def test_a_library_signs_in_under_fapi_with_a_client_certificate(front: Front, script: str) -> None:
    callback, profile = CALLBACK.replace("http:", "https:"), "fapi2-security-profile"
    app, other = (mutual_tls.application(front.server, front.kept.authority, METHODS[0], callback, profile=profile) for _ in range(2))
    mutual_tls.check(mutual_tls.live(front.server, front.kept, script, app, other.held, redirectUri=callback, idTokenAlg="ES256"), app)


@needs_npm
@spec("RFC 8705", "3", "MUST")
@spec("FAPI 2.0", "5.3.2.1")
@pytest.mark.parametrize("script", LIBRARIES)
def test_a_client_proves_itself_by_a_key_and_binds_its_tokens_to_a_certificate(front: Front, script: str) -> None:
    callback = CALLBACK.replace("http:", "https:")
    key = ECKey.generate_key("P-256", {"kid": "k", "use": "sig", "alg": "ES256"}, private=True)
    app = Application(f"kunci-{secrets.token_hex(4)}", self_signed(front.kept.authority.now))
    arrange.application(
        front.server, app.client_id, callback, auth_method="private_key_jwt", jwks={"keys": [key.as_dict(private=False)]},
        profile="fapi2-security-profile", certificate_bound=True,
    )  # fmt: skip
    plan = {"privateKey": key.as_pem(private=True).decode(), "kid": "k", "redirectUri": callback, "idTokenAlg": "ES256"}
    found = mutual_tls.live(front.server, front.kept, script, app, self_signed(front.kept.authority.now), **plan)
    mutual_tls.check(found, app, by_certificate=False)


@needs_npm
@spec("RFC 8705", "2.1.2")
@spec("RFC 8705", "3.4")
@spec("RFC 7591", "2")
@pytest.mark.parametrize("script", LIBRARIES)
def test_a_client_registers_the_certificate_it_will_show(front: Front, script: str) -> None:
    name = f"CN=daftar-{secrets.token_hex(4)},O=Dinas Kominfo,C=ID"
    app, other = Application("", front.kept.authority.issue(name)), front.kept.authority.issue("CN=lain,C=ID")
    made = json.loads(front.server.idp("registration-token", "create", "--policy", "government", "--government", "12.71", "--json"))
    metadata = {
        "client_name": "Perizinan", "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile asn", "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": name,
        "tls_client_certificate_bound_access_tokens": True,
    }  # fmt: skip
    plan = {"initialAccessToken": made["initial_access_token"], "metadata": metadata}
    mutual_tls.check(mutual_tls.live(front.server, front.kept, script, app, other, **plan), app)


@spec("RFC 8705", "2.1", "MUST")
@spec("RFC 8705", "2.2", "MUST")
@pytest.mark.parametrize("method", METHODS)
def test_the_handshake_proves_it_and_nothing_else(front: Front, method: str) -> None:
    app = front.machine(method)
    assert front.ask(front.mtls, app, app.held).json()["token_type"] == "Bearer"
    for held in (None, front.machine(method).held, self_signed(front.kept.authority.now)):
        refused = front.ask(front.mtls, app, held)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@spec("RFC 8705", "6.5")
@spec("attacks.md", "P4")
@pytest.mark.parametrize("name", ["X-Client-Certificate", "x-client-certificate", "X_Client_Certificate", "X-Client_Certificate"])
def test_a_header_from_outside_reaches_nobody(front: Front, name: str) -> None:
    """Attack P4: both hosts of nginx replace it, whatever its spelling."""
    app, other = front.machine(), front.machine()
    forged = {name: app.held.header["X-Client-Certificate"]}
    for base in (front.issuer, front.mtls):
        assert front.ask(base, app, headers=forged).status_code == 401
    assert front.ask(front.mtls, app, other.held, headers=forged).status_code == 401
    # The forged header does not stand in the way of who really holds the certificate.
    assert front.ask(front.mtls, other, other.held, headers=forged).status_code == 200


@spec("RFC 8705", "6.5")
@spec("attacks.md", "P4")
def test_a_header_from_an_address_that_is_no_proxy_of_ours_is_ignored(front: Front) -> None:
    app, direct = front.machine(), front.server.base.replace("localhost", "127.0.0.1")
    refused = front.ask(direct, app, headers=app.held.header, source=STRANGER)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    # The same from the proxy's address is believed: it is the address that makes the difference.
    assert front.ask(direct, app, headers=app.held.header).status_code == 200


@needs_npm
@spec("RFC 8705", "3", "MUST")
def test_a_stolen_token_is_worth_nothing_without_the_certificate(front: Front) -> None:
    app, thief = (mutual_tls.application(front.server, front.kept.authority, "tls_client_auth") for _ in range(2))
    tried: list[tuple[int, bool]] = []

    def steal(token: str) -> None:
        bearer, forged = {"Authorization": f"Bearer {token}"}, app.held.header
        for base, held, headers in (
            (front.issuer, None, {}), (front.issuer, None, forged), (front.mtls, None, {}), (front.mtls, None, forged),
            (front.mtls, thief.held, forged),
        ):  # fmt: skip
            seen = mutual_tls.post(front.kept, f"{base}/userinfo", {}, held, bearer | headers)
            tried.append((seen.status_code, 'error="invalid_token"' in seen.headers.get("WWW-Authenticate", "")))
        assert mutual_tls.post(front.kept, f"{front.mtls}/userinfo", {}, app.held, bearer).status_code == 200

    mutual_tls.live(front.server, front.kept, LIBRARIES[0], app, thief.held, steal)
    assert tried == [(401, True)] * 5


def test_the_host_for_certificates_has_no_pages(front: Front) -> None:
    tls = ssl.create_default_context(cafile=str(front.kept.ca))
    for path in ("/", "/sign-in", "/authorize", "/metrics", "/token/x"):
        assert httpx.get(f"{front.mtls}{path}", verify=tls).status_code == 404
