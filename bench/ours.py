"""Our provider for the benchmark: database made and filled, applications and people registered, served, signed in to."""

import os
import secrets
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path

from bench.answer import AnswerError
from bench.pages import applications
from bench.plan import Plan
from bench.postgres import Postgres
from bench.process import Server, free_port
from bench.target import App, Target, make_apps
from bench.wire import Loop, Script
from bench.workloads import SCOPE, Jar, sign_in_by_forms
from idp.clients.metadata import NewClient
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.settings import Settings
from idp.wiring import Deps, Services

NAME = "idp"
RESOURCE = "https://api.bench.test"
_CODE, _REFRESH, _MACHINE = "authorization_code", "refresh_token", "client_credentials"
_ROOT = Path(__file__).parent.parent


def _clients(apps: dict[str, App], access_token_alg: str) -> list[NewClient]:
    """The same clients as at the peer: confidential, client_secret_basic, PKCE; nothing to consent to."""
    scopes = tuple(SCOPE.split())

    def interactive(app: App, grants: tuple[str, ...], extra: tuple[str, ...] = (), alg: str = "RS256") -> NewClient:
        return NewClient(
            app.client_id, redirect_uris=(app.redirect_uri,), secret=app.secret, grants=grants, scopes=scopes + extra,
            first_party=True, id_token_alg=alg, access_token_alg=access_token_alg,
        )  # fmt: skip

    machine, rs256 = apps["machine"], apps["machine_rs256"]
    return [
        interactive(apps["flow"], (_CODE,)),
        interactive(apps["flow_es256"], (_CODE,), alg="ES256"),
        interactive(apps["refresh"], (_CODE, _REFRESH), ("offline_access",)),
        NewClient(
            machine.client_id, secret=machine.secret, grants=(_MACHINE,), scopes=("api",), resources=(RESOURCE,),
            access_token_alg=access_token_alg,
        ),
        NewClient(
            rs256.client_id, secret=rs256.secret, grants=(_MACHINE,), scopes=("api",), resources=(RESOURCE,), access_token_alg="RS256"
        ),
    ]  # fmt: skip


class Ours:
    """One of our servers over one database; a context manager that gives its Target.

    serve: False prepares everything but starts no process (profiling drives the application itself).
    """

    def __init__(self, postgres: Postgres | None, plan: Plan, work: Path, people: int, *, serve: bool = True) -> None:
        self._postgres, self._plan, self._work, self._people, self._serve = postgres, plan, work, people, serve
        self.port = free_port()
        self.load_seconds = 0.0
        self._server: Server | None = None
        self.environment = self._environment()

    def _environment(self) -> dict[str, str]:
        name = f"bench_idp_{self._people}"
        if self._postgres:
            url = self._postgres.create(name).replace("postgresql://", "postgresql+psycopg://", 1)
        else:
            file = self._work / f"{name}.db"
            for suffix in ("", "-wal", "-shm"):
                Path(f"{file}{suffix}").unlink(missing_ok=True)
            url = f"sqlite:///{file}"
        return {
            "IDP_ISSUER": f"http://localhost:{self.port}",
            "IDP_DATABASE_URL": url,
            "IDP_SECRET_KEY": secrets.token_urlsafe(48),
            "IDP_DATA_KEYS": b64encode(secrets.token_bytes(32)).decode(),
            "IDP_RSA_KEY_BITS": str(self._plan.rsa_bits),
            "IDP_SMTP_URL": f"maildir:{self._work / 'mail'}",
            "IDP_LOG_LEVEL": os.environ.get("IDP_LOG_LEVEL", "info"),
        }

    def __enter__(self) -> Target:
        self._run("db", "upgrade")
        start = time.perf_counter()
        self._run("db", "generate", "--people", str(self._people))
        self.load_seconds = time.perf_counter() - start
        if self._postgres:
            self._postgres.ask("VACUUM ANALYZE", f"bench_idp_{self._people}")
        apps = make_apps()
        people = self._register(apps)
        target = Target(
            NAME,
            self.port,
            os.getpid(),
            self._postgres.pid if self._postgres else None,
            authorize="/authorize",
            token="/token",
            userinfo="/userinfo",
            introspection="/introspect",
            discovery="/.well-known/openid-configuration",
            pushed="/par",
            apps=apps,
            database=f"bench_idp_{self._people}",
            resource=RESOURCE,
            offline={"scope": f"{SCOPE} offline_access"},
            people=people,
        )
        if self._serve:
            self._start(target)
        return target

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.stop()

    def settings(self) -> Settings:
        """The settings this server runs with."""
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            return Settings.from_env()
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def _run(self, *arguments: str) -> None:
        command = [str(Path(sys.executable).parent / "idp"), *arguments]
        done = subprocess.run(command, env={**os.environ, **self.environment}, cwd=_ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"idp {' '.join(arguments)}: {(done.stdout + done.stderr)[-2000:]}")

    def _register(self, apps: dict[str, App]) -> list[tuple[str, str]]:
        """The applications, and people with passwords: (username, password)."""
        deps = Deps.build(self.settings())
        people = []
        try:
            with deps.database.unit() as session:
                services = Services(deps, session)
                for new in (*_clients(apps, self._plan.access_token_alg), *applications()):
                    services.registry.create(OPERATOR, new)
            for number in range(self._plan.sessions):
                with deps.database.unit() as session:
                    people.append(_person(Services(deps, session), f"bench.{number + 1}"))
        finally:
            deps.database.dispose()
        return people

    def _start(self, target: Target) -> None:
        command = [str(Path(sys.executable).parent / "idp"), "serve", "--port", str(self.port), "--workers", str(self._plan.workers)]
        self._server = Server(command, self.environment, self._work / f"idp-{target.database}.log", folder=_ROOT)
        try:
            self._server.wait_for(self.port, "/readyz")
            target.pid = self._server.pid
            target.cookies = [_sign_in(target, username, password) for username, password in target.people]
        except BaseException:
            self._server.stop()
            raise


def _person(services: Services, username: str) -> tuple[str, str]:
    password = secrets.token_urlsafe(18)
    person = services.people.create(
        OPERATOR,
        NewPerson(username, f"Pegawai {username}", email=f"{username}@example.org", given_name="Pegawai", family_name=username),
    )
    services.passwords.set(OPERATOR, person, password)
    return username, password


def _sign_in(target: Target, username: str, password: str) -> str:
    """A live session through the real forms: the Cookie header that holds it."""
    jar = Jar()

    def script(_: int) -> Script:
        yield from sign_in_by_forms(target, username, password, jar)

    with Loop(target.address, 1) as loop:
        load = loop.run(script, seconds=20, operations=1)
    if load.failures:
        raise AnswerError(f"sign-in by forms: {load.example}")
    return jar.header
