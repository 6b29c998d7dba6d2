"""The configuration of nginx that is shipped is one that nginx takes: names, ports and files replaced, nothing else."""

import subprocess
from pathlib import Path

import pytest

from tests.clients.mutual_tls import files
from tests.clients.nginx_front import NGINX, configuration
from tests.running import free_port

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (deploy/tools/test-programs)")


def test_nginx_takes_the_shipped_configuration(tmp_path: Path) -> None:
    made = files(tmp_path)
    ports = (free_port(), free_port(), free_port())
    whole = configuration(tmp_path, certificate=made.certificate, key=made.key, ports=ports)
    command = [str(NGINX), "-t", "-p", str(tmp_path), "-c", str(whole)]
    said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert said.returncode == 0, said.stderr
