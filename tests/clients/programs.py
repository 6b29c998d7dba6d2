"""The programs in `node/`: real JavaScript clients, spoken to in JSON lines while they run."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NODE = Path(__file__).parent / "node"
CALLBACK = "http://localhost:1/callback"  # nobody listens: the browser stops at the redirect
_PACKAGES = ("openid-client", "oauth4webapi", "undici")

needs_npm = pytest.mark.skipif(
    shutil.which("node") is None or not all((NODE / "node_modules" / name).exists() for name in _PACKAGES),
    reason="node or tests/clients/node/node_modules is missing or old (make test installs both as root on Debian)",
)


class Program:
    """A running node script."""

    def __init__(self, script: str, **environment: str) -> None:
        self._process = subprocess.Popen(
            ["node", NODE / script], cwd=NODE, env={**os.environ, **environment},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"node ended: {self._process.stderr.read()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def running(script: str, **environment: str) -> Iterator[Program]:
    """The program while the block runs; environment: more variables for it."""
    program = Program(script, **environment)
    try:
        yield program
    finally:
        program.close()
