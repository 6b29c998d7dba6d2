"""Starting a server, waiting until it answers, and stopping exactly what was started."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]

from bench.measure import tree


def free_port() -> int:
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One server process (with its workers), its output in a log file; stops with everything below it."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path, *, folder: Path | None = None) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        self._output = log.open("ab")
        self.process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=self._output, stderr=subprocess.STDOUT, cwd=folder, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """The root process."""
        return self.process.pid

    def wait_for(self, port: int, path: str, *, seconds: float = 60) -> None:
        """Return once GET `path` answers 200; raises RuntimeError with the log's end when it does not in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{self.process.args!r} does not answer:\n{self.log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """End the process tree: politely first."""
        processes = tree(self.pid)
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(processes, timeout=10)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(10)
        self._output.close()
