"""Apache with mod_auth_openidc on a loopback port, from a configuration in a folder of the test's own."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

PROGRAM = Path("/usr/sbin/apache2")
MODULES = Path("/usr/lib/apache2/modules")
TEMPLATE = Path(__file__).parent / "apache" / "httpd.conf"


def missing() -> str | None:
    """Why Apache cannot run here, or None."""
    for path in (PROGRAM, MODULES / "mod_auth_openidc.so"):
        if not path.exists():
            return f"{path} is missing (Debian: apt-get install apache2 libapache2-mod-auth-openidc)"
    return None


@contextmanager
def apache(folder: Path, *, port: int, issuer: str, client_id: str, client_secret: str, response_mode: str) -> Iterator[str]:
    """The protected site's address while the block runs; raises AssertionError with its log when it does not start."""
    for name in ("protected", "protected/medan", "protected/binjai"):
        (folder / "site" / name).mkdir(parents=True)
        (folder / "site" / name / "index.html").write_text("protected")
    (folder / "site" / "public.html").write_text("public")
    # As root the server answers as www-data, who must reach the folder; mkdtemp made its parents for one user only.
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    config = folder / "httpd.conf"
    config.write_text(
        TEMPLATE.read_text().format(
            folder=folder, port=port, user=user, modules=MODULES, issuer=issuer, client_id=client_id, client_secret=client_secret,
            passphrase=secrets.token_hex(16), response_mode=response_mode,
        )
    )  # fmt: skip
    with (folder / "stdout.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, "-f", config, "-DFOREGROUND"], stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(process, f"http://localhost:{port}/public.html", folder)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    logs = "".join(path.read_text() for path in (folder / "stdout.log", folder / "error.log") if path.exists())
    raise AssertionError(f"Apache did not start: {logs[-3000:]}")
