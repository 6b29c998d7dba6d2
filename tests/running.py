"""The real server as tests start it: worker processes, a loopback port, its log in a file."""

import os
import secrets
import socket
import ssl
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from idp.settings import Settings

if TYPE_CHECKING:
    from idp.wiring import Services

ROOT = Path(__file__).resolve().parents[1]
_COMMAND = str(Path(sys.executable).with_name("idp"))
# Password hashes as cheap as Argon2 allows (settings permit it for localhost only), so that a test run is not spent on them;
# and patience in the queue for them, which is shared by all processes of a machine.
_CHEAP = {"argon2_memory_kib": 64, "argon2_time_cost": 1, "hash_queue_seconds": 10.0}


def test_settings(database_url: str, **changes: Any) -> Settings:
    """Settings with fresh keys for `database_url`."""
    values: dict[str, Any] = {
        "issuer": "http://localhost:8000",
        "database_url": database_url,
        "secret_key": secrets.token_urlsafe(48),
        "data_keys": (b64encode(secrets.token_bytes(32)).decode(),),
        "allowed_networks": "127.0.0.0/8 ::1/128",
        "rsa_key_bits": 2048,
        "log_format": "text",
        **_CHEAP,
        **changes,
    }
    return Settings(**values)


test_settings.__test__ = False  # type: ignore[attr-defined]  # its name starts like a test's


@dataclass(frozen=True)
class RunningServer:
    """A started provider.

    base: its own address, which is also the issuer unless a proxy stands in front;
    environment: what its processes were started with, for running `idp` beside it;
    maildir: where its letters go once `idp worker` (see `worker`) has delivered them; log: what it said.
    """

    base: str
    settings: Settings
    environment: dict[str, str]
    maildir: Path
    log: Path
    process: "subprocess.Popen[bytes]"

    def idp(self, *arguments: str, stdin: str = "") -> str:
        """Run the `idp` command on this server's database; gives its output, raises with its error output."""
        done = subprocess.run(
            [_COMMAND, *arguments],
            cwd=ROOT, env=self.environment, input=stdin, capture_output=True, text=True, check=False, timeout=60,
        )
        if done.returncode:
            raise AssertionError(f"idp {' '.join(arguments)} exited {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout

    @contextmanager
    def services(self) -> "Iterator[Services]":
        """Services in one committed unit of work on the server's database, for arranging a test."""
        from idp.wiring import Deps, Services

        deps = Deps.build(self.settings)
        try:
            with deps.database.unit() as session:
                yield Services(deps, session)
        finally:
            deps.database.dispose()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """`idp worker` runs while the block does: letters and back-channel logouts are delivered."""
        with _process(["worker"], self.environment, self.log.with_name("worker.log")):
            yield


def free_port() -> int:
    """A port nobody listens on just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Tls:
    """What the server ends TLS with, and the authority (a file) by which it is known."""

    certificate: Path
    key: Path
    ca: Path


@contextmanager
def start_server(database_url: str, folder: Path, *, workers: int = 2, tls: Tls | None = None, **changes: Any) -> Iterator[RunningServer]:
    """Start `idp serve` and wait until it is ready; ends it afterwards."""
    port = free_port()
    base = f"{'https' if tls else 'http'}://localhost:{port}"
    settings = test_settings(database_url, **{"issuer": base, "smtp_url": f"maildir:{folder / 'maildir'}", **changes})
    environment = {**os.environ, **_environment(settings)}
    _make_keys(settings)
    command = ["serve", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    if tls is not None:
        command += ["--tls-certificate", str(tls.certificate), "--tls-key", str(tls.key)]
    log = folder / "server.log"
    with _process(command, environment, log) as process:
        _wait_until_ready(base, process, log, tls)
        yield RunningServer(base, settings, environment, folder / "maildir", log, process)


def _make_keys(settings: Settings) -> None:
    """Signing keys and governments, which `idp db upgrade` makes on an operator's machine."""
    from idp.kernel.actor import OPERATOR
    from idp.wiring import Deps, Services

    deps = Deps.build(settings)
    try:
        deps.ring.ensure(OPERATOR)
        with deps.database.unit() as session:
            Services(deps, session).organisations.seed(OPERATOR)
    finally:
        deps.database.dispose()


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as the environment variables an operator would set."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {
        f"IDP_{name.upper()}": ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in given.items()
        if value is not None
    }


@contextmanager
def _process(command: list[str], environment: dict[str, str], log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with log.open("ab") as output:
        process = subprocess.Popen([_COMMAND, *command], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(base: str, process: "subprocess.Popen[bytes]", log: Path, tls: Tls | None) -> None:
    deadline = time.monotonic() + 60
    context = ssl.create_default_context(cafile=str(tls.ca)) if tls else None
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"{base}/readyz", timeout=2, context=context) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not become ready:\n{log.read_text()[-4000:]}")
