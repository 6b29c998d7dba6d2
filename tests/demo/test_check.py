"""`make demo DEMO_ARGS=--check`, twice in one folder: the first run makes everything, the second finds it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.running import ROOT, free_port


def _check(folder: Path, first_port: int) -> str:
    command = [sys.executable, "-m", "demo", "--check", "--folder", str(folder), "--ports", str(first_port)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": ""}, capture_output=True, text=True, check=False, timeout=150
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _four_free_ports() -> int:
    from demo.processes import busy_ports

    while True:
        first = free_port()
        if first < 65_000 and not busy_ports(range(first, first + 4)):
            return first


def test_the_journey_walks_by_itself_and_again(tmp_path: Path) -> None:
    first_port = _four_free_ports()
    out = _check(tmp_path / "demo", first_port)
    assert out.count("  ok ") == 12
    assert (tmp_path / "demo" / "secret.key").stat().st_mode & 0o077 == 0
    started = time.monotonic()
    assert _check(tmp_path / "demo", first_port).count("  ok ") == 12
    assert time.monotonic() - started < 60  # 10 s on a quiet machine; the suite runs beside other tests
