"""Client certificates without a proxy: `idp serve --tls-certificate` ends TLS itself, under gunicorn."""

import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.clients import mutual_tls
from tests.clients.mutual_tls import LIBRARIES, METHODS, Application, Files
from tests.clients.programs import needs_npm
from tests.protocol.certificates import Authority, Held, self_signed
from tests.running import RunningServer, Tls, start_server
from tests.spec import spec

HEADER = "X-Client-Certificate"


@dataclass(frozen=True)
class Direct:
    """The provider, reached without anything between. apps, machines: registered already, by authentication method."""

    server: RunningServer
    kept: Files
    apps: dict[str, list[Application]] = field(default_factory=dict)
    machines: dict[str, list[Application]] = field(default_factory=dict)

    def register(self) -> None:
        """Two applications and two machines of each method; back when the handshake takes their certificates."""
        for method in METHODS:
            self.apps[method] = [mutual_tls.application(self.server, self.kept.authority, method) for _ in range(2)]
            self.machines[method] = [mutual_tls.machine(self.server, self.kept.authority, method) for _ in range(2)]
        self.wait_for(self.machines["self_signed_tls_client_auth"][1])

    def wait_for(self, app: Application) -> None:
        """A certificate that came with a registration is taken within seconds."""
        deadline = time.monotonic() + 20
        while True:
            try:
                self.ask(app, app.held)
            except httpx.TransportError:
                assert time.monotonic() < deadline, "the handshake does not take the certificate"
                time.sleep(0.3)
            else:
                return

    def ask(self, app: Application, held: Held | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
        """A token for `app` over a connection with the certificate `held`, or without one."""
        return mutual_tls.post(self.kept, f"{self.server.base}/token", app.request, held, headers)


@pytest.fixture(scope="module")
def direct(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Direct]:
    """One server for the module, one worker: each looks for certificates itself. A header is believed too, but from another proxy."""
    folder = tmp_path_factory.mktemp("direct")
    shutil.copy(sqlite_template, folder / "idp.db")
    kept = mutual_tls.files(folder)
    changes = {
        "client_ca_file": kept.ca, "client_certificate_header": HEADER, "trusted_proxies": "10.9.8.7/32", "argon2_memory_kib": 19456,
        "mail_from": "sso@example.go.id",
    }  # fmt: skip
    tls = Tls(kept.certificate, kept.key, kept.ca)
    with start_server(f"sqlite:///{folder / 'idp.db'}", folder, workers=1, tls=tls, **changes) as server:
        made = Direct(server, kept)
        made.register()
        yield made


@needs_npm
@spec("RFC 8705", "2")
@spec("RFC 8705", "3")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("script", LIBRARIES)
def test_a_library_signs_in_with_a_client_certificate(direct: Direct, script: str, method: str) -> None:
    app, other = direct.apps[method]
    found = mutual_tls.live(direct.server, direct.kept, script, app, other.held)
    mutual_tls.check(found, app)
    assert found["aliases"] is None  # the issuer itself asks for certificates


@spec("RFC 8705", "2.1", "MUST")
@spec("RFC 8705", "2.2", "MUST")
@pytest.mark.parametrize("method", METHODS)
def test_the_handshake_proves_it_and_nothing_else(direct: Direct, method: str) -> None:
    app = direct.machines[method][0]
    assert direct.ask(app, app.held).json()["token_type"] == "Bearer"
    for held in (None, *(others[1].held for others in direct.machines.values())):
        refused = direct.ask(app, held)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@spec("RFC 8705", "7.1", "MUST")
def test_a_certificate_nobody_knows_ends_the_handshake(direct: Direct) -> None:
    app, now = direct.machines["tls_client_auth"][0], datetime.now(UTC)
    subject = app.held.certificate.subject.rfc4514_string()
    for held in (self_signed(now), Authority(now).issue(subject), Authority(now, "CN=Other,C=ID").issue(subject)):
        with pytest.raises(httpx.TransportError):
            direct.ask(app, held)
    assert direct.ask(app, app.held).status_code == 200


@spec("RFC 8705", "6.5")
@spec("attacks.md", "P4")
@pytest.mark.parametrize("name", [HEADER, "X_Client_Certificate", "gunicorn.socket", "Gunicorn-Socket", "SSL_CLIENT_CERT"])
def test_a_header_is_never_believed(direct: Direct, name: str) -> None:
    app, other = direct.machines["tls_client_auth"]
    forged = {name: app.held.header[HEADER]}
    assert direct.ask(app, headers=forged).status_code == 401
    assert direct.ask(app, other.held, headers=forged).status_code == 401
    assert direct.ask(other, other.held, headers=forged).status_code == 200


def test_browsers_need_no_certificate(direct: Direct) -> None:
    tls = ssl.create_default_context(cafile=str(direct.kept.ca))
    found = httpx.get(f"{direct.server.base}/.well-known/openid-configuration", verify=tls).json()
    assert set(METHODS) < set(found["token_endpoint_auth_methods_supported"])
    assert found["tls_client_certificate_bound_access_tokens"] is True
    assert httpx.get(f"{direct.server.base}/sign-in", verify=tls, follow_redirects=True).status_code == 200


@spec("ASVS 5.0", "16.2.5")
def test_a_request_that_cannot_be_read_leaves_no_secret_in_the_log(direct: Direct) -> None:
    tls = ssl.create_default_context(cafile=str(direct.kept.ca))
    address = urlsplit(direct.server.base)
    unreadable = (b"GET /authorize?code=s3cr3t-1 HTTX", b"GET / HTTP/1.1\r\nAuthorization s3cr3t-2", b"GET / HTTP/1.1\r\nX y: s3cr3t-3")
    for broken in unreadable:
        plain = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
        with plain, tls.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(broken + b"\r\n\r\n")
            assert secure.recv(64).startswith(b"HTTP/1.1 400 ")
    said = direct.server.log.read_text()
    assert "Invalid request from ip=127.0.0.1" in said
    assert "s3cr3t" not in said
