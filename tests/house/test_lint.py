"""ruff and mypy --strict, as in `make lint`."""

import subprocess
import sys

import pytest

from tests.house.source import ROOT


def _run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


def test_ruff_finds_nothing():
    _run("ruff", "check", "--output-format=concise", ".")


@pytest.mark.timeout(600)
def test_types_are_strict():
    _run("mypy", "--no-error-summary")
