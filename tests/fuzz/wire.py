"""One request exactly as it is to be sent, and the two ways to send it: through the WSGI entry, or as bytes over a socket.

No client library stands between: each would repair, encode or refuse what is to arrive broken.
"""

import io
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPResponse
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit


@dataclass(frozen=True)
class Sent:
    """A request. target: path and query as they stand in the request line."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @cached_property
    def params(self) -> list[tuple[str, str]]:
        """Every parameter of the query and of the body, whichever the provider reads."""
        query = urlsplit(self.target.replace("//", "/x/", 1) if self.target.startswith("//") else self.target).query
        return [pair for text in (query, self.body.decode("latin-1")) for pair in parse_qsl(text, keep_blank_values=True)]

    @cached_property
    def told(self) -> str:
        """All of it that a page may repeat."""
        return unquote_to_bytes(self.target).decode("latin-1") + unquote_to_bytes(self.body).decode("latin-1")

    def __str__(self) -> str:
        head = "".join(f"{name}: {value[:400]!r}\n" for name, value in self.headers)
        return f"{self.method} {self.target[:3000]!r}\n{head}\n{self.body[:3000]!r}"


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [value for known, value in self.headers if known.lower() == name.lower()]

    @cached_property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def __str__(self) -> str:
        head = "".join(f"{name}: {value}\n" for name, value in self.headers)
        return f"{self.status}\n{head}\n{self.text[:3000]}"


class Wire(Protocol):
    """How a request reaches the provider."""

    def send(self, sent: Sent) -> Got: ...


class WsgiWire:
    """In process, through the entry that a server calls: the machines' short way first, then Flask."""

    def __init__(self, entry: Callable[[dict[str, Any], Any], Iterable[bytes]]) -> None:
        self._entry = entry

    def send(self, sent: Sent) -> Got:
        """Call the entry as gunicorn does."""
        said: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            del exc_info
            said[:] = [status, headers]
            return lambda _: None

        answer = self._entry(environ_of(sent), start_response)
        try:
            body = b"".join(answer)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        status, headers = said
        return Got(int(status[:3]), tuple(headers), body)


def environ_of(sent: Sent) -> dict[str, Any]:
    """The WSGI environment (PEP 3333): octets of the path and of headers stand as latin-1 text."""
    path, _, query = sent.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": sent.method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query,
        "SERVER_NAME": "localhost", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost:8000", "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(sent.body),
        "wsgi.errors": io.StringIO(), "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(sent.body)),
    }  # fmt: skip
    for name, value in sent.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ and key not in ("HTTP_HOST", "CONTENT_TYPE") else value
    return environ


class SocketWire:
    """Over HTTP: the bytes are written to a socket, one connection a request."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._host, self._port = parts.hostname or "localhost", parts.port or 80

    def send(self, sent: Sent) -> Got:
        """Write, then read one answer."""
        headers: Mapping[str, str] = {"Host": f"{self._host}:{self._port}", "Connection": "close", "Content-Length": str(len(sent.body))}
        lines = [f"{sent.method} {sent.target} HTTP/1.1", *(f"{name}: {value}" for name, value in (*headers.items(), *sent.headers))]
        with socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection:
            with suppress(BrokenPipeError, ConnectionResetError):  # answered and closed before all of it was read
                connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + sent.body)
            answer = HTTPResponse(connection, method=sent.method)
            answer.begin()
            return Got(answer.status, tuple(answer.getheaders()), answer.read())
