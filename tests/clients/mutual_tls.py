"""Applications with client certificates over real TLS: the provider's and the client's certificates, and a whole life of a sign-in."""

import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509

from demo.browser import Browser
from tests.clients.programs import CALLBACK, running
from tests.journeys import arrange
from tests.protocol.certificates import AS_SERVER, Authority, Held, self_signed
from tests.running import RunningServer

LIBRARIES = ("mtls_openid_client.mjs", "mtls_oauth4webapi.mjs")
Thief = Callable[[str], None]
METHODS = ("tls_client_auth", "self_signed_tls_client_auth")


@dataclass(frozen=True)
class Files:
    """Certificates on disk: `ca` signed the server's and the clients'."""

    authority: Authority
    ca: Path
    certificate: Path
    key: Path


def files(folder: Path) -> Files:
    """An authority, and the certificate of a server called localhost."""
    authority = Authority(datetime.now(UTC))
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    held = authority.issue("CN=localhost,C=ID", names, use=AS_SERVER)
    made = Files(authority, folder / "ca.pem", folder / "server.pem", folder / "server.key")
    made.ca.write_text(authority.pem)
    made.certificate.write_text(held.pem)
    made.key.write_text(held.key_pem)
    return made


def post(
    kept: Files, url: str, data: dict[str, str], held: Held | None = None, headers: dict[str, str] | None = None, source: str | None = None
) -> httpx.Response:
    """A POST over a connection of its own, with the certificate `held` or without one, from the address `source`."""
    tls = ssl.create_default_context(cafile=str(kept.ca))
    if held is not None:
        pem = kept.ca.with_name(f"{held.certificate.serial_number}.pem")
        pem.write_text(held.pem + held.key_pem)
        tls.load_cert_chain(pem)
    with httpx.Client(transport=httpx.HTTPTransport(verify=tls, local_address=source), timeout=20) as http:
        return http.post(url, data=data, headers=headers)


@dataclass(frozen=True)
class Application:
    """A registered application and the certificate that proves it."""

    client_id: str
    held: Held

    @property
    def request(self) -> dict[str, str]:
        """A token request of a machine."""
        return {"grant_type": "client_credentials", "client_id": self.client_id}


def application(server: RunningServer, authority: Authority, method: str, callback: str = CALLBACK, **more: Any) -> Application:
    """Registers an application that signs people in, with certificate-bound tokens."""
    client_id = f"mtls-{secrets.token_hex(4)}"
    held, values = _certificate(authority, method, client_id)
    arrange.application(server, client_id, callback, auth_method=method, certificate_bound=True, **values, **more)
    return Application(client_id, held)


def machine(server: RunningServer, authority: Authority, method: str, **more: Any) -> Application:
    """Registers a machine client with certificate-bound tokens."""
    client_id = f"mesin-{secrets.token_hex(4)}"
    held, values = _certificate(authority, method, client_id)
    arrange.application_without_people(server, client_id, auth_method=method, certificate_bound=True, **values, **more)
    return Application(client_id, held)


def _certificate(authority: Authority, method: str, client_id: str) -> tuple[Held, dict[str, Any]]:
    if method == "self_signed_tls_client_auth":
        held = self_signed(datetime.now(UTC))
        return held, {"jwks": held.jwks()}
    held = authority.issue(f"CN={client_id},O=Dinas Kominfo,C=ID")
    return held, {"tls_subject_type": "dn", "tls_subject": f"CN={client_id},O=Dinas Kominfo,C=ID"}


def live(
    server: RunningServer, kept: Files, script: str, app: Application, other: Held, steal: Thief = lambda token: None, **plan: Any
) -> dict[str, Any]:
    """A library's whole life of a sign-in (PAR, code, userinfo, introspection, refresh, revocation); gives what it found.

    steal: called with the access token while it is good; plan: more that the program is told.
    """
    who, told = arrange.employee(server), {"clientId": app.client_id, "redirectUri": CALLBACK, **plan}
    browser = Browser(stop_at=told["redirectUri"])
    browser.http.verify, browser.http.trust_env = str(kept.ca), False  # the machine's own authorities would win otherwise
    with running(script, NODE_EXTRA_CA_CERTS=str(kept.ca)) as program:
        program.say({
            "issuer": server.settings.issuer, "held": {"cert": app.held.pem, "key": app.held.key_pem},
            "other": {"cert": other.pem, "key": other.key_pem}, **told,
        })  # fmt: skip
        browser.open(program.hear()["open"])
        arrange.sign_in(browser, who)
        program.say({"at": browser.page.url})
        steal(program.hear()["token"])
        program.say({})
        found = program.hear()
    assert found["userinfo"]["nip"] == who.number
    return found


def check(found: dict[str, Any], app: Application, *, by_certificate: bool = True) -> None:
    """What every such life must have come to; by_certificate: the client proves itself by it, and not by a key of another kind."""
    # The code with another's certificate, and the refresh token without any.
    refused = ("invalid_client", "invalid_client") if by_certificate else (None, "invalid_request")
    assert (found["stolen"], found["unproved"]) == refused
    assert found["claims"]["aud"] == found["clientId"]
    assert found["introspected"]["active"] is True
    assert found["introspected"]["cnf"] == {"x5t#S256": app.held.thumbprint}
    assert found["again"]["cnf"] == {"x5t#S256": app.held.thumbprint}
    assert found["elsewhere"] == "invalid_token"  # the access token, over another's connection
    assert found["bare"] == "invalid_token"  # ... over one without a certificate
    assert found["revoked"] == "invalid_grant"
