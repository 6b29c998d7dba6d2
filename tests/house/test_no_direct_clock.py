"""Time and randomness are handed in; only the kernel asks the machine for them."""

import json
import subprocess
import sys

from tests.house.source import ROOT


def _ruff(*arguments: str) -> list[tuple[str, int, str]]:
    """(file, line, message) of everything ruff finds."""
    command = [sys.executable, "-m", "ruff", "check", "--exit-zero", "--output-format=json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return [(item["filename"], item["location"]["row"], item["message"]) for item in json.loads(done.stdout)]


def test_nothing_outside_the_kernel_asks_for_time_or_randomness():
    """Without noqa: there is no excuse for this one, or a test could not stop the clock."""
    found = _ruff("--select", "TID251,DTZ", "--ignore-noqa", "idp")
    assert not [line for line in found if "/idp/kernel/" not in line[0]]


def test_the_ban_catches_a_direct_clock(tmp_path):
    """The rule itself works, also through an alias."""
    sample = tmp_path / "sample.py"
    sample.write_text("import datetime as d\nfrom time import time\nfrom secrets import token_bytes\nprint(d.datetime.now(d.UTC))\n")
    assert {line for _, line, _ in _ruff("--config", "pyproject.toml", "--select", "TID251", str(sample))} == {2, 3, 4}
