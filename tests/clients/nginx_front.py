"""nginx on loopback ports, with the configuration that is shipped: only names, ports and files are replaced."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.running import free_port

SHIPPED = Path(__file__).resolve().parents[2] / "deploy/nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def configuration(folder: Path, *, certificate: Path, key: Path, ports: tuple[int, int, int], upstream: str = "127.0.0.1:8000") -> Path:
    """The whole file, for nginx in `folder`; ports: of plain HTTP, of the issuer, of the host for client certificates."""
    text = SHIPPED.read_text()
    text = re.sub(r"/etc/ssl/\S+\.pem", str(certificate), text)
    text = re.sub(r"/etc/ssl/\S+\.key", str(key), text)
    text = text.replace("/var/log/nginx/", f"{folder}/").replace("server 127.0.0.1:8000;", f"server {upstream};")
    text = text.replace("server_name MTLS.SSO.EXAMPLE.GO.ID;", "server_name localhost;")
    text = text.replace("server_name SSO.EXAMPLE.GO.ID;", "server_name localhost;")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{ports[0]};")
    for port in ports[1:]:
        text = text.replace("listen 443 ", f"listen 127.0.0.1:{port} ", 1)
    # As root nginx writes its own temporary files as somebody else; here everything stays in the test's folder.
    places = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = folder / "nginx.conf"
    whole.write_text(f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n{places}{text}\n}}\n")
    return whole


@contextmanager
def nginx(folder: Path, *, certificate: Path, key: Path, issuer: str, mtls: str, upstream: str) -> Iterator[Path]:
    """nginx in front of `upstream` while the block runs; gives its folder, with its logs."""
    ports = (free_port(), urlsplit(issuer).port or 0, urlsplit(mtls).port or 0)
    whole = configuration(folder, certificate=certificate, key=key, ports=ports, upstream=upstream)
    process = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", str(whole), "-g", "daemon off; user root;"], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 15
        while not (folder / "nginx.pid").exists():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "error.log").read_text()
            time.sleep(0.02)
        yield folder
    finally:
        process.terminate()
        process.wait(10)
