"""Sends the record on to a collector of logs (syslog over UDP, TCP or TLS), in order.

An event goes once it is settled, a minute after it happened; how far it came is remembered, so a collector that was away misses nothing.
Syslog has no receipts: what a collector took and lost, or a datagram that never came, is in the record and in no log; exports have it.
"""

import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from idp.audit.export.syslog import message
from idp.audit.log import AuditLog
from idp.audit.proof.seals import GRACE, settled
from idp.audit.proof.store import ProofStore
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.db.session import Database
from idp.kernel.actor import SYSTEM
from idp.kernel.clock import Clock
from idp.kernel.logs import logger

log = logger("idp.jobs.collector")

NAME = "syslog"
SECONDS = 5.0
ALARM = timedelta(hours=1)
Send = Callable[[Sequence[bytes]], None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a collector listens; ca_file: who may vouch for its name under TLS, None for the system's list."""

    way: Literal["udp", "tcp", "tls"]
    host: str
    port: int
    ca_file: str | None = None


def read_address(url: str, ca_file: str | None = None) -> Address:
    """``udp://host:514``, ``tcp://host:601`` or ``tls://host:6514`` (those ports when none is given); raises ValueError."""
    parts = urlsplit(url)
    ports = {"udp": 514, "tcp": 601, "tls": 6514}
    if parts.scheme not in ports or not parts.hostname or parts.path not in ("", "/") or parts.query or "@" in parts.netloc:
        raise ValueError("must be udp://host:port, tcp://host:port or tls://host:port")
    return Address(parts.scheme, parts.hostname, parts.port or ports[parts.scheme], ca_file)  # type: ignore[arg-type]


def sender(address: Address) -> Send:
    """Sends messages to this address; raises OSError (ssl.SSLError is one)."""
    return _datagrams(address) if address.way == "udp" else _stream(address)


def _datagrams(address: Address) -> Send:
    def send(messages: Sequence[bytes]) -> None:
        family, kind, protocol, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as wire:
            wire.connect(where)
            for one in messages:
                wire.send(one)

    return send


def _stream(address: Address) -> Send:
    def send(messages: Sequence[bytes]) -> None:
        framed = b"".join(str(len(one)).encode() + b" " + one for one in messages)
        with socket.create_connection((address.host, address.port), timeout=SECONDS) as wire:
            if address.way == "tcp":
                _all(wire, framed)
                return
            context = ssl.create_default_context(cafile=address.ca_file)
            with context.wrap_socket(wire, server_hostname=address.host) as secure:
                _all(secure, framed)
                with suppress(OSError):  # many collectors end a stream without the farewell of RFC 8446 section 6.1
                    secure.unwrap()

    return send


def _all(wire: socket.socket, framed: bytes) -> None:
    wire.sendall(framed)


class Collector:
    """The worker's side: what is settled goes out, page by page, and the place is remembered after each.

    host: the name that messages carry; send: hands messages over or raises OSError.
    """

    def __init__(self, database: Database, clock: Clock, send: Send, host: str) -> None:
        self._database, self._clock, self._send, self._host = database, clock, send, host
        self._alarmed_at: datetime | None = None

    def round(self, *, most: int = 20) -> int:
        """Send at most so many pages; gives how many events went. A collector that is away is tried again in the next round."""
        total = 0
        for _ in range(most):
            rows = self._next()
            if not rows:
                break
            try:
                self._send([message(row, self._host) for row in rows])
            except OSError as error:
                self._failed(error, rows[0])
                break
            with self._database.unit() as session:
                ProofStore(session).move(NAME, rows[-1].id, self._clock.now())
            total += len(rows)
        return total

    def _next(self) -> Sequence[Any]:
        with self._database.unit(read_only=True) as session:
            store = ProofStore(session)
            if store.open_writer(GRACE.total_seconds() / 2):
                return []
            return settled(store.all_events(store.position(NAME)), self._clock.now())

    def _failed(self, error: OSError, row: Any) -> None:
        now = self._clock.now()
        log.warning("the collector of the audit record does not take it", error=type(error).__name__, waiting_since=row.at.isoformat())
        if self._alarmed_at is None or now - self._alarmed_at >= ALARM:
            self._alarmed_at = now
            with self._database.unit() as session:
                AuditLog(AuditStore(session), self._clock).record(
                    Tag.AUDIT_COLLECTOR_FAIL, SYSTEM, error=type(error).__name__, waiting_since=row.at.isoformat()
                )
