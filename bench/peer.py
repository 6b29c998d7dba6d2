"""npm `oidc-provider` with a PostgreSQL adapter of ours: set up, started, signed in to."""

import base64
import json
import secrets
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bench.answer import Answer, AnswerError
from bench.plan import Plan
from bench.postgres import Postgres
from bench.process import Server, free_port
from bench.target import App, Target, make_apps
from bench.wire import Loop
from bench.workloads import SCOPE, Jar, code_of

FOLDER = Path(__file__).parent / "peers" / "oidc-provider"
NAME = "oidc-provider"
RESOURCE = "https://api.bench.test"


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def _rsa_jwk(bits: int) -> dict[str, Any]:
    key = rsa.generate_private_key(65537, bits).private_numbers()
    public = key.public_numbers
    values = {"n": public.n, "e": public.e, "d": key.d, "p": key.p, "q": key.q, "dp": key.dmp1, "dq": key.dmq1, "qi": key.iqmp}
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "bench-rsa", **{name: _number(value) for name, value in values.items()}}


def _ec_jwk() -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    values = {"x": key.public_numbers.x, "y": key.public_numbers.y, "d": key.private_value}
    padded = {name: base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode() for name, value in values.items()}
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "bench-ec", **padded}


def _client(app: App, grants: list[str], alg: str = "RS256", scope: str = f"{SCOPE} offline_access") -> dict[str, Any]:
    interactive = "authorization_code" in grants
    return {
        "client_id": app.client_id,
        "client_secret": app.secret,
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": grants,
        "response_types": ["code"] if interactive else [],
        "redirect_uris": [app.redirect_uri] if interactive else [],
        "scope": scope,
        "id_token_signed_response_alg": alg,
    }


def _setup(apps: dict[str, App], plan: Plan, people: int) -> dict[str, Any]:
    code = "authorization_code"
    return {
        "jwks": {"keys": [_rsa_jwk(plan.rsa_bits), _ec_jwk()]},
        "cookie_key": secrets.token_urlsafe(32),
        "resource": RESOURCE,
        "access_token_alg": plan.access_token_alg,
        "people": people,
        "clients": [
            _client(apps["flow"], [code]),
            _client(apps["flow_es256"], [code], "ES256"),
            _client(apps["refresh"], [code, "refresh_token"]),
            _client(apps["machine"], ["client_credentials"], scope="api"),
            _client(apps["machine_rs256"], ["client_credentials"], scope="api"),
        ],
    }


def install() -> None:
    """Install the peer from its lock (the npm registry through npm's own client); a second run finds it there."""
    if (FOLDER / "node_modules" / "oidc-provider").exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("PEERS=1 needs node and npm (Debian: apt-get install nodejs npm)")
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)


class Peer:
    """The running peer; a context manager that gives its Target."""

    def __init__(self, postgres: Postgres, plan: Plan, work: Path, people: int) -> None:
        self._postgres, self._plan, self._work, self._people = postgres, plan, work, people

    def __enter__(self) -> Target:
        install()
        plan, port = self._plan, free_port()
        apps = make_apps()
        setup = self._work / "peer-setup.json"
        setup.write_text(json.dumps(_setup(apps, plan, self._people)))
        setup.chmod(0o600)
        environment = {
            "PEER_PORT": str(port),
            "PEER_WORKERS": str(plan.workers),
            "PEER_DATABASE_URL": self._postgres.create("bench_peer"),
            "PEER_SETUP": str(setup),
            "PEER_ACCOUNTS": plan.peer_accounts,
            "NODE_ENV": "production",
        }
        self._server = Server(["node", "server.mjs"], environment, self._work / "peer.log", folder=FOLDER)
        try:
            self._server.wait_for(port, "/.well-known/openid-configuration")
            target = Target(
                NAME, port, self._server.pid, self._postgres.pid, "/auth", "/token", "/me", "/token/introspection",
                "/.well-known/openid-configuration", "/request", apps, database="bench_peer", resource=RESOURCE,
            )  # fmt: skip
            target.cookies = [_sign_in(target, f"p{number + 1}") for number in range(plan.sessions)]
        except BaseException:
            self._server.stop()
            raise
        return target

    def __exit__(self, *_: object) -> None:
        self._server.stop()


def _sign_in(target: Target, account: str) -> str:
    """A session at the peer through its dev login: the Cookie header that holds it."""
    jar = Jar()

    def script(_: int) -> Generator[bytes, Answer, None]:
        app = target.apps["flow"]
        challenge = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        path = (
            f"{target.authorize}?response_type=code&client_id={app.client_id}&redirect_uri={app.redirect_uri}&scope=openid&state=s"
            f"&login_hint={account}&code_challenge={challenge}&code_challenge_method=S256"
        )
        for _step in range(4):
            answer = jar.take((yield target.get(path, cookie=jar.header or None))).expect(302, 303)
            location = answer.header("location") or ""
            if location.startswith(app.redirect_uri):
                code_of(location, app)
                return
            parts = urlsplit(location)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
        raise AnswerError("the dev login did not end")

    with Loop(target.address, 1) as loop:
        load = loop.run(script, seconds=15, operations=1)
    if load.failures:
        raise AnswerError(f"peer sign-in: {load.example}")
    return jar.header
