"""Pairs for token exchange (RFC 8693): who may ask, for whom, with at most which scopes."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.clients.exchange.store import ExchangeStore
from idp.clients.metadata import EXCHANGE_GRANT, RESTRICTED_SCOPES
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotFound
from idp.kernel.scopes import format_scopes, parse


@dataclass(frozen=True, slots=True)
class Pair:
    """One permission: to whom, and the most that may be asked."""

    to_client: str
    scopes: tuple[str, ...]


class ExchangePairs:
    """Reads and changes the pairs.

    get: a client freshly read, or NotFound; require: raises NotAllowed for an actor who may not change applications.
    """

    def __init__(
        self, store: ExchangeStore, audit: AuditLog, clock: Clock, get: Callable[[str], ClientSnapshot], require: Callable[[Actor], None]
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._get = get
        self._require = require

    def allow(self, actor: Actor, from_client: str, to_client: str, scope: str) -> Pair:
        """Let `from_client` exchange for `to_client`, with at most the scopes of both the pair and `from_client` itself."""
        self._require(actor)
        one, other = self._get(from_client), self._get(to_client)
        if one.client_id == other.client_id:
            raise Invalid("clients.exchange", "a client needs no exchange with itself", field="to")
        if EXCHANGE_GRANT not in one.grants:
            raise Conflict("clients.exchange", f"{from_client} is not registered for the grant {EXCHANGE_GRANT}")
        scopes = _scopes(scope)
        self._store.put(one.client_id, other.client_id, format_scopes(scopes), self._clock.now())
        self._record(actor, one, allowed=other.client_id, scope=format_scopes(scopes))
        return Pair(other.client_id, scopes)

    def forbid(self, actor: Actor, from_client: str, to_client: str) -> None:
        """Take a pair back; tokens given by it stop at introspection at once. Raises NotFound."""
        self._require(actor)
        one = self._get(from_client)
        if not self._store.remove(from_client, to_client):
            raise NotFound("clients.exchange", f"{from_client} may not exchange for {to_client} anyway", field="to")
        self._record(actor, one, forbidden=to_client)

    def of(self, from_client: str) -> tuple[Pair, ...]:
        """Everything a client may exchange for."""
        return tuple(Pair(row.to_client, parse(row.scopes)) for row in self._store.of(from_client))

    def _record(self, actor: Actor, client: ClientSnapshot, **details: str) -> None:
        subject = ("client", client.client_id)
        self._audit.record(
            Tag.EXCHANGE_CHANGE, actor, subject=subject, government=client.government_code, client_id=client.client_id, **details
        )


def _scopes(text: str) -> tuple[str, ...]:
    try:
        scopes = parse(text)
    except ValueError as error:
        raise Invalid("clients.scopes", str(error), field="scopes") from error
    if not scopes or sum(map(len, scopes)) > 1500:
        raise Invalid("clients.scopes", "name at least one scope, 1,500 characters in all", field="scopes")
    if refused := {"offline_access", *RESTRICTED_SCOPES}.intersection(scopes):
        raise Invalid("clients.scopes", f"the scope {', '.join(sorted(refused))} cannot be exchanged", field="scopes")
    return scopes
