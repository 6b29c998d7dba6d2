"""TLS that this process ends itself (`idp serve --tls-certificate`): client certificates without a proxy (RFC 8705).

A handshake proves that the other end holds the key of its certificate. Whose certificate that is, the protocol floor decides anew
for every request; nothing in there trusts a handshake.
"""

import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, Name, load_der_x509_certificate

from idp.clients.store import ClientStore
from idp.clients.tls_subject import whole_certificates
from idp.kernel.clock import Clock
from idp.kernel.errors import Busy
from idp.kernel.logs import logger
from idp.web.work import unit_of_work
from idp.wiring import Deps

log = logger("idp.web")

KEPT_FOR = timedelta(seconds=5)  # as long as a client is trusted without asking (`idp.clients.cache`)
PATIENCE_SECONDS = 15.0


class _Impatient(ssl.SSLSocket):
    """A connection on which nobody waits for ever: a silent client must not keep a thread."""

    def settimeout(self, value: float | None) -> None:
        """No limit means ours."""
        super().settimeout(PATIENCE_SECONDS if value is None else value)

    def setblocking(self, flag: bool) -> None:
        """Blocking means: as long as our patience lasts."""
        self.settimeout(None if flag else 0.0)


class Doorway:
    """The TLS context for each new connection; one per process, safe between threads. A renewed server certificate is noticed.

    OpenSSL ends a handshake with a certificate it cannot trace, and Python has no way to tell it otherwise (nginx has
    `optional_no_ca`). So it is given the authorities of `IDP_CLIENT_CA_FILE` and the certificates that stand in the JWK Sets of
    our clients; `known` reads those, at most every five seconds.
    """

    def __init__(
        self, certificate: Path, key: Path, authorities: Sequence[Certificate], known: Callable[[], frozenset[bytes]], clock: Clock
    ) -> None:
        self._certificate, self._key = certificate, key
        self._authorities, self._known, self._clock = authorities, known, clock
        self._lock = threading.Lock()
        self._asked_at: datetime | None = None
        self._taken: frozenset[bytes] | None = None
        self._files: tuple[int, ...] = ()
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """The context of now; built anew only when a certificate changed, ours or that of a client."""
        now, kept = self._clock.now(), self._context
        if kept is not None and self._asked_at is not None and abs(now - self._asked_at) < KEPT_FOR:
            return kept
        with self._lock:
            if self._context is None or self._asked_at is None or abs(now - self._asked_at) >= KEPT_FOR:
                self._renew(now)
            assert self._context is not None  # noqa: S101 - _renew made it
            return self._context

    def _renew(self, now: datetime) -> None:
        """A new context when something changed; one that cannot be made, like that of a half-written file, is tried again."""
        try:
            found = self._known()
        except Busy:  # the database is away: those who could come in a moment ago still can
            found = self._taken or frozenset()
        files = tuple(path.stat().st_mtime_ns for path in (self._certificate, self._key) if path.exists())
        if self._context is None or (found, files) != (self._taken, self._files):
            try:
                self._context, self._files = self._build(found), files
            except (OSError, ssl.SSLError) as error:
                if self._context is None:
                    raise
                log.error("server certificate cannot be read", reason=type(error).__name__)
                found = self._taken or frozenset()
        self._taken, self._asked_at = found, now

    def _build(self, known: Iterable[bytes]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._certificate, self._key)
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        context.num_tickets = 0
        context.sslsocket_class = _Impatient
        context.verify_mode = ssl.CERT_OPTIONAL
        # A certificate that stands among them itself is traced, whoever signed it, and whatever else bears its name.
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        for authority in self._authorities:
            context.load_verify_locations(cadata=authority.public_bytes(Encoding.DER))
        for der in sorted(known):
            _admit(context, der, self._authorities)
        return context


def doorway(certificate: Path, key: Path, deps: Deps) -> Doorway:
    """The doorway of this process, with the clients of its database."""
    return Doorway(certificate, key, deps.settings.client_issuers, lambda: _registered(deps), deps.clock)


def _registered(deps: Deps) -> frozenset[bytes]:
    with unit_of_work(deps, read_only=True) as services:
        sets: list[dict[str, Any]] = ClientStore(services.session).jwks_of_certificate_clients()
    return frozenset(der for jwks in sets for der in whole_certificates(jwks))


def _admit(context: ssl.SSLContext, der: bytes, authorities: Sequence[Certificate]) -> None:
    """Take a client's certificate; one that cannot be read, or that bears the name of an authority of ours, is left out.

    OpenSSL looks issuers up by name: such a certificate could stand before the authority and end the handshakes of all its clients.
    """
    try:
        if _folded(load_der_x509_certificate(der).subject) in [_folded(authority.subject) for authority in authorities]:
            log.warning("client certificate left out", reason="it bears the name of an authority")
            return
        context.load_verify_locations(cadata=der)
    except (ValueError, ssl.SSLError) as error:
        log.warning("client certificate left out", reason=type(error).__name__)


def _folded(name: Name) -> list[frozenset[tuple[str, str]]]:
    """A name as OpenSSL compares it: capitals and the number of spaces make no difference (RFC 5280 section 7.1)."""
    return [frozenset((one.oid.dotted_string, " ".join(str(one.value).casefold().split())) for one in part) for part in name.rdns]
