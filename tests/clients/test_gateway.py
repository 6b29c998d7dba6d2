"""APIs behind gateways, as deploy/gateway has them: Apache (mod_oauth2 by keys, mod_auth_openidc by introspection) and nginx."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from tests.rp import HttpWire, RelyingParty
from tests.running import RunningServer, free_port
from tests.spec import spec

DEPLOY = Path(__file__).resolve().parents[2] / "deploy/gateway"
MODULES = Path("/usr/lib/apache2/modules")
APACHE, NGINX = Path("/usr/sbin/apache2"), Path("/usr/sbin/nginx")
API, SCOPE = "https://splp.example.go.id/pajak", "pajak:read"
# One kind of database is enough: what differs here is the gateway.
pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


@dataclass
class Splp:
    """An API and a machine that calls it."""

    api_id: str
    api_secret: str
    machine: RelyingParty

    def token(self, **more: str) -> str:
        answer = self.machine.token(grant_type="client_credentials", **{"resource": API, "scope": SCOPE, **more})
        assert answer.ok, answer.text
        found: str = answer.json["access_token"]
        return found


@pytest.fixture
def splp(server: RunningServer) -> Splp:
    mark = secrets.token_hex(4)
    machine: dict[str, object] = {"grants": ("client_credentials",), "access_token_alg": "RS256"}
    with server.services() as services:
        api = NewClient(f"api-{mark}", audience=(API,), grants=("client_credentials",), scopes=())
        _, api_secret = services.registry.create(OPERATOR, api)
        caller = NewClient(f"machine-{mark}", resources=(API,), scopes=(SCOPE, "pajak:write"), **machine)  # type: ignore[arg-type]
        _, secret = services.registry.create(OPERATOR, caller)
    return Splp(api.client_id, api_secret or "", RelyingParty(HttpWire(server.base), HttpWire(server.base), caller.client_id, "", secret))


def filled(name: str, **values: object) -> str:
    text = (DEPLOY / name).read_text()
    for key, value in values.items():
        text = text.replace(key, str(value))
    return text


@contextmanager
def folder() -> Iterator[Path]:
    """Not pytest's: that is closed to the user Apache runs as."""
    path = Path(tempfile.mkdtemp(prefix="idp-gateway-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def running(command: list[str], url: str, log: Path, environment: dict[str, str] | None = None) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        deadline = time.monotonic() + 15
        while True:
            try:
                requests.get(url, timeout=5)
                break
            except requests.ConnectionError as error:
                if time.monotonic() > deadline or process.poll() is not None:
                    logs = "".join(one.read_text() for one in log.parent.glob("*.log"))
                    raise AssertionError(f"{command[0]} did not start: {logs[-3000:]}") from error
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def ask(url: str, token: str | None) -> requests.Response:
    return requests.get(url, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=10, allow_redirects=False)


@pytest.mark.skipif(
    not all(path.exists() for path in (APACHE, MODULES / "mod_oauth2.so", MODULES / "mod_auth_openidc.so")),
    reason="Apache's modules are missing (Debian: apt-get install apache2 libapache2-mod-oauth2 libapache2-mod-auth-openidc)",
)
@spec("RFC 9068", "4")
@spec("RFC 7662", "2.1")
def test_an_api_behind_apache(server: RunningServer, splp: Splp) -> None:
    port = free_port()
    with folder() as where:
        for name in ("jwks", "introspected"):
            (where / "site" / name).mkdir(parents=True)
            (where / "site" / name / "index.html").write_text("tax data")
        values = {"FOLDER": where, "API_PORT": port, "MODULES": MODULES, "ISSUER": server.base, "AUDIENCE": API, "SCOPE": SCOPE}
        values |= {"CLIENT_ID": splp.api_id, "CLIENT_SECRET": splp.api_secret, "PASSPHRASE": secrets.token_hex(16)}
        values["USER"] = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        (where / "httpd.conf").write_text(filled("apache.conf", **values))
        base = f"http://localhost:{port}"
        with running([str(APACHE), "-f", str(where / "httpd.conf"), "-DFOREGROUND"], base, where / "stdout.log"):
            good, wrong_scope = splp.token(), splp.token(scope="pajak:write")
            elsewhere = splp.machine.token(grant_type="client_credentials", scope=SCOPE, resource=server.base).json["access_token"]
            for path in ("/jwks/", "/introspected/"):
                answer = ask(base + path, good)
                assert (answer.status_code, answer.text) == (200, "tax data"), (path, (where / "error.log").read_text()[-2000:])
                for bad in (None, "x", good[:-6] + "AAAAAA", wrong_scope, elsewhere):
                    assert ask(base + path, bad).status_code in (401, 403), (path, bad)
            assert splp.machine.revoke(good).ok
            assert ask(f"{base}/introspected/", good).status_code == 401
            assert ask(f"{base}/jwks/", good).status_code == 200  # checked by keys alone: until it ends


class Upstream(BaseHTTPRequestHandler):
    """The API itself: shows what reached it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({name.lower(): value for name, value in self.headers.items()}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.skipif(not NGINX.exists(), reason="nginx is missing (Debian: apt-get install nginx-light)")
@spec("RFC 7662", "2.2")
def test_an_api_behind_nginx(server: RunningServer, splp: Splp) -> None:
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    asking, port = free_port(), free_port()
    settings = {
        "IDP_INTROSPECTION_ENDPOINT": f"{server.base}/introspect", "CLIENT_ID": splp.api_id, "CLIENT_SECRET": splp.api_secret,
        "AUDIENCE": API, "SCOPE": SCOPE, "PORT": str(asking), "PATH": os.environ["PATH"],
    }  # fmt: skip
    values = {"FOLDER": "", "API_PORT": port, "UPSTREAM_PORT": upstream.server_port, "INTROSPECTING_PORT": asking}
    base = f"http://127.0.0.1:{port}"
    with folder() as where, running(
        [sys.executable, str(DEPLOY / "introspecting.py")], f"http://127.0.0.1:{asking}/", where / "asking.log", settings
    ):  # fmt: skip
        (where / "nginx.conf").write_text(filled("nginx.conf", **values | {"FOLDER": where}))
        with running([str(NGINX), "-c", str(where / "nginx.conf"), "-g", "daemon off;"], base, where / "stdout.log"):
            good = splp.token()
            seen = requests.get(base, headers={"Authorization": f"Bearer {good}", "X-Subject": "forged"}, timeout=10).json()
            assert seen["x-subject"] == seen["x-client"] == splp.machine.client_id
            assert "authorization" not in seen
            refused = ask(base, splp.token(scope="pajak:write"))
            assert (refused.status_code, 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]) == (403, True)
            assert ask(base, None).headers["WWW-Authenticate"] == "Bearer"
            for bad in ("x", good[:-6] + "AAAAAA"):
                assert ask(base, bad).status_code == 401
            splp.machine.revoke(good)
            assert ask(base, good).status_code == 401
    upstream.shutdown()
    upstream.server_close()


@spec("RFC 7591", "3")
def test_the_gateway_registers_the_clients_of_its_apis(server: RunningServer, splp: Splp) -> None:
    """The "external key manager" of WSO2: it creates, reads and removes OAuth clients here for its own developers."""
    options = ("--policy", "gateway", "--uses", "10", "--resource", API, "--json")
    token = json.loads(server.idp("registration-token", "create", *options))
    metadata = {"client_name": "Pajak", "grant_types": ["client_credentials"], "redirect_uris": [], "scope": SCOPE}
    headers = {"Authorization": f"Bearer {token['initial_access_token']}"}
    made = requests.post(token["registration_endpoint"], json=metadata, headers=headers, timeout=10).json()
    rp = RelyingParty(HttpWire(server.base), HttpWire(server.base), made["client_id"], "", made["client_secret"])
    issued = rp.token(grant_type="client_credentials", resource=API).json
    asker = RelyingParty(rp.browser, rp.back, splp.api_id, "", splp.api_secret)
    seen = asker.introspect(issued["access_token"]).json
    assert (seen["active"], seen["client_id"], seen["aud"], seen["scope"]) == (True, made["client_id"], API, SCOPE)
    own = {"Authorization": f"Bearer {made['registration_access_token']}"}
    assert requests.get(made["registration_client_uri"], headers=own, timeout=10).json()["client_name"] == "Pajak"
    assert requests.delete(made["registration_client_uri"], headers=own, timeout=10).status_code == 204
    assert asker.introspect(issued["access_token"]).json == {"active": False}
    assert rp.token(grant_type="client_credentials").status == 401
