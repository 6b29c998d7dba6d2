"""HTTP/1.1 answers, read with as little work as possible: what the load generator needs and no more."""

import re
from dataclasses import dataclass

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:\s*close", re.IGNORECASE)


class AnswerError(Exception):
    """An answer the workload does not count as success; carries a short description without secrets."""


@dataclass(slots=True)
class Answer:
    """One HTTP answer: status, raw head (with the status line) and body."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name, or None."""
        values = self.headers(name)
        return values[0] if values else None

    def headers(self, name: str) -> list[str]:
        """Every header of that name, in order."""
        wanted = b"\r\n" + name.lower().encode() + b":"
        lowered = self.head.lower()
        found, at = [], lowered.find(wanted)
        while at >= 0:
            end = self.head.find(b"\r\n", at + 2)
            found.append(self.head[at + len(wanted) : end if end >= 0 else len(self.head)].strip().decode("latin-1"))
            at = lowered.find(wanted, at + 2)
        return found

    def expect(self, *statuses: int) -> "Answer":
        """Itself when the status is one of these; raises AnswerError otherwise."""
        if self.status not in statuses:
            raise AnswerError(f"{self.status} {self.body[:160].decode(errors='replace')}")
        return self


def parse(buffer: bytearray) -> tuple[Answer, bool] | None:
    """The complete answer in the buffer and whether the connection ends with it; None while bytes are missing."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(buffer[:end])
    status = int(head[9:12])
    length = _LENGTH.search(head)
    if length is not None:
        size = int(length.group(1))
        if len(buffer) < end + 4 + size:
            return None
        body = bytes(buffer[end + 4 : end + 4 + size])
    elif _CHUNKED.search(head):
        chunked = _dechunk(bytes(buffer[end + 4 :]))
        if chunked is None:
            return None
        body = chunked
    else:
        body = b""
    return Answer(status, head, body), _CLOSE.search(head) is not None


def _dechunk(data: bytes) -> bytes | None:
    parts: list[bytes] = []
    at = 0
    while True:
        line_end = data.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(data[at:line_end].split(b";")[0], 16)
        if len(data) < line_end + 2 + size + 2:
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(data[line_end + 2 : line_end + 2 + size])
        at = line_end + 2 + size + 2
