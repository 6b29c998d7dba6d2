"""A light load generator: HTTP/1.1 keep-alive over raw sockets and one epoll loop, scripts as generators.

A script yields the bytes of a request and is sent the `Answer`; when it returns, one operation is done. About 50 µs of
CPU a request, so that on a small machine the server and not the generator is measured (each trial reports the generator's CPU).
"""

import contextlib
import select
import socket
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from bench.answer import Answer, AnswerError, parse

_PATIENCE_SECONDS = 15.0


Script = Generator[bytes, Answer, None]
ScriptMaker = Callable[[int], Script]


@dataclass(slots=True)
class Load:
    """What one trial saw: operations done, their latencies in seconds, failures with one example, wall time."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0
    example: str = ""
    reconnects: int = 0

    @property
    def operations(self) -> int:
        """Operations that succeeded."""
        return len(self.latencies)


class _Connection:
    """One keep-alive connection and the script that runs on it."""

    def __init__(self, number: int, address: tuple[str, int]) -> None:
        self.number, self.address = number, address
        self.script: Script | None = None
        self.started = 0.0
        self.pending = b""
        self.buffer = bytearray()
        self.socket = self._open()

    def _open(self) -> socket.socket:
        opened = socket.create_connection(self.address, timeout=5)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setblocking(False)
        return opened

    def reopen(self) -> None:
        """Replace a connection that the server closed."""
        self.socket.close()
        self.buffer.clear()
        self.socket = self._open()

    def send(self, request: bytes) -> None:
        """Send a request; requests here are far smaller than a socket buffer, so it goes at once."""
        self.pending = request
        if self.socket.send(request) != len(request):
            raise AnswerError("a request did not fit the socket buffer")


class Loop:
    """Runs a workload over some connections for a bounded time and count."""

    def __init__(self, address: tuple[str, int], connections: int) -> None:
        self._connections = [_Connection(number, address) for number in range(connections)]
        self._epoll = select.epoll()
        self._by_fd: dict[int, _Connection] = {}
        for connection in self._connections:
            self._watch(connection)

    def __enter__(self) -> "Loop":
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.socket.close()
        self._epoll.close()

    def _watch(self, connection: _Connection) -> None:
        self._by_fd[connection.socket.fileno()] = connection
        self._epoll.register(connection.socket.fileno(), select.EPOLLIN)

    def run(self, make: ScriptMaker, *, seconds: float, operations: int | None = None) -> Load:
        """Run the script on every connection again and again until the time is over or so many operations began.

        An operation in progress at the end is finished and counted, and the wall time runs until then.
        """
        load = Load()
        begun, start = 0, time.perf_counter()
        stop, running = start + seconds, 0
        for connection in self._connections:
            if operations is None or begun < operations:
                begun, running = begun + 1, running + 1
                self._begin(connection, make, load)
        while running and time.perf_counter() < stop + _PATIENCE_SECONDS:
            for fd, _event in self._epoll.poll(1.0):
                connection = self._by_fd[fd]
                if connection.script is None:
                    self._revive(connection, load)
                    continue
                if not self._advance(connection, load):
                    continue
                if time.perf_counter() < stop and (operations is None or begun < operations):
                    begun += 1
                    self._begin(connection, make, load)
                else:
                    running -= 1
        load.seconds = time.perf_counter() - start
        if running:
            load.failures, load.example = load.failures + running, f"{running} operations unanswered"
        return load

    def _begin(self, connection: _Connection, make: ScriptMaker, load: Load) -> None:
        connection.script = make(connection.number)
        connection.started = time.perf_counter()
        self._send(connection, next(connection.script), load)

    def _send(self, connection: _Connection, request: bytes, load: Load) -> None:
        try:
            connection.send(request)
        except OSError:
            self._revive(connection, load)
            connection.send(request)

    def _revive(self, connection: _Connection, load: Load) -> None:
        """The server closed an idle connection: open another one."""
        self._by_fd.pop(connection.socket.fileno(), None)
        with contextlib.suppress(OSError):
            self._epoll.unregister(connection.socket.fileno())
        connection.reopen()
        load.reconnects += 1
        self._watch(connection)

    def _advance(self, connection: _Connection, load: Load) -> bool:
        """Take in what arrived; True when the operation ended (well or not)."""
        assert connection.script is not None
        try:
            data = connection.socket.recv(262144)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._revive(connection, load)
            return self._end(connection, load, "the server closed the connection in an operation")
        connection.buffer += data
        parsed = parse(connection.buffer)
        if parsed is None:
            return False
        connection.buffer.clear()
        answer, closes = parsed
        if closes:
            self._revive(connection, load)
        try:
            self._send(connection, connection.script.send(answer), load)
            return False
        except StopIteration:
            return self._end(connection, load, None)
        except AnswerError as problem:
            return self._end(connection, load, str(problem))

    def _end(self, connection: _Connection, load: Load, problem: str | None) -> bool:
        connection.script = None
        if problem is None:
            load.latencies.append(time.perf_counter() - connection.started)
        else:
            load.failures += 1
            load.example = load.example or problem
        return True
