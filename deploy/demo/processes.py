"""Starting and stopping: the provider's own processes as children, the small web applications as threads."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class CannotStart(Exception):
    """Something the demo needs did not come up; the text says what and where to look."""


def idp_command(*arguments: str) -> list[str]:
    """The `idp` command of this very environment."""
    script = Path(sys.executable).with_name("idp")
    if script.exists():
        return [str(script), *arguments]
    return [sys.executable, "-c", "from idp.cli import main; main()", *arguments]


def busy_ports(ports: range) -> list[int]:
    """Those of `ports` that something listens on already."""
    busy = []
    for port in ports:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                busy.append(port)
    return busy


class Child:
    """A process of ours with its log file; it leads its own group so that its workers end with it."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path, cwd: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                arguments, env=environment, cwd=cwd, stdout=sink, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """True while it has not ended."""
        return self._process.poll() is None

    def stop(self, patience: float = 8.0) -> None:
        """Ask it to end, and after `patience` seconds make it."""
        if self.running:
            self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        # What is left of the group (a worker that outlived its parent) must not keep the port.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def wait_until_ready(url: str, child: Child, seconds: float = 45.0) -> None:
    """Poll `url` until it answers 200; raises CannotStart with the end of the log otherwise."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and child.running:
        try:
            if requests.get(url, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    tail = child.log.read_text(errors="replace")[-3000:]
    raise CannotStart(f"{url} did not become ready. The end of {child.log}:\n{tail}")


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name of the overridden method
        """Requests of the demo applications are not worth a line in the terminal."""


@contextmanager
def served(app: Flask, port: int) -> Iterator[BaseWSGIServer]:
    """`app` on loopback `port`, in a thread, while the block lasts."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
