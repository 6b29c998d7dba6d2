"""What the protocol needs of the settings, as plain values; and what one request works with."""

from dataclasses import dataclass

from idp.audit.log import AuditLog
from idp.clients.client_keys import ClientKeys
from idp.clients.fetch import GuardedHttp
from idp.clients.registry import Registry
from idp.directory.store import DirectoryStore
from idp.interaction.pushed import PushedRequests
from idp.kernel.clock import Clock
from idp.keys.ring import KeyRing
from idp.tokens.ledger import Ledger, Lifetimes


@dataclass(frozen=True, slots=True)
class Conf:
    """The issuer, how long things live, and the languages of the pages."""

    issuer: str
    lifetimes: Lifetimes
    ui_locales: tuple[str, ...] = ("id", "en")

    def url(self, path: str) -> str:
        """The address of one of our endpoints; always from the issuer, never from the request's host."""
        return self.issuer + path


@dataclass(slots=True)
class Desk:
    """Everything one request of the protocol works with: services over its unit of work."""

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
