"""What the protocol needs of the settings, as plain values; and what one request works with."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.x509 import Certificate

from idp.audit.log import AuditLog
from idp.clients.client_keys import ClientKeys
from idp.clients.fetch import GuardedHttp
from idp.clients.registry import Registry
from idp.clients.snapshot import ClientSnapshot
from idp.directory.store import DirectoryStore
from idp.interaction.pushed import PushedRequests
from idp.kernel.clock import Clock
from idp.keys.ring import KeyRing
from idp.protocol.dpop_nonce import Nonces
from idp.protocol.sender import NOBODY, Sender
from idp.tokens.ledger import Ledger, Lifetimes
from idp.tokens.view import GrantView


@dataclass(frozen=True, slots=True)
class Conf:
    """The issuer, how long things live, the languages of the pages, and client certificates.

    authorization_types: declared types of authorization details (RFC 9396), for the metadata alone.
    mutual_tls: client certificates can reach us (RFC 8705); client_issuers: those whose certificates tls_client_auth takes.
    """

    issuer: str
    lifetimes: Lifetimes
    ui_locales: tuple[str, ...] = ("id", "en")
    mutual_tls: bool = False
    mtls_host: str | None = None
    client_issuers: tuple[Certificate, ...] = ()
    authorization_types: tuple[str, ...] = ()

    @property
    def mtls_origin(self) -> str:
        """Where connections with a client certificate are taken: the issuer, unless another host is set aside for them."""
        return self.mtls_host or self.issuer

    def url(self, path: str) -> str:
        """The address of one of our endpoints; always from the issuer, never from the request's host."""
        return self.issuer + path


@dataclass(slots=True)
class Desk:
    """Everything one request of the protocol works with: services over its unit of work.

    outgrown: the rank that is demanded for a client now where a grant was given for less, else 0 (wiring asks interaction.demands);
    sender: whom access tokens of this request are bound to; known once its client is authenticated (`sender_checks`).
    """

    conf: Conf
    clock: Clock
    ring: KeyRing
    registry: Registry
    ledger: Ledger
    directory: DirectoryStore
    audit: AuditLog
    client_keys: ClientKeys
    http: GuardedHttp
    pushed: PushedRequests
    nonces: Nonces
    outgrown: Callable[[GrantView, ClientSnapshot], int]
    sender: Sender = NOBODY
