"""Initial access tokens and the clients registered with them (RFC 7591 section 3, RFC 7592 section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.clients.metadata import NewClient, check_resources
from idp.clients.registration.policies import POLICIES, Policy
from idp.clients.registration.store import RegistrationStore
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid, NotFound
from idp.kernel.randomness import Randomness, digest, new_id, opaque, same

_LONGEST = 100


class Clients(Protocol):
    """What registration needs of the registry."""

    def get(self, client_id: str) -> ClientSnapshot:
        """The client, or NotFound."""

    def create(self, actor: Actor, new: NewClient) -> tuple[ClientSnapshot, str | None]:
        """Register a client; its secret, once."""

    def replace(self, actor: Actor, client_id: str, new: NewClient) -> tuple[ClientSnapshot, str | None]:
        """Register everything anew."""

    def disable(self, actor: Actor, client_id: str) -> ClientSnapshot:
        """Stop a client."""

    def require_writer(self, actor: Actor) -> None:
        """NotAllowed for who may not."""

    def check_government(self, code: str | None) -> None:
        """NotFound for an unknown code."""


@dataclass(frozen=True, slots=True)
class InitialToken:
    """An initial access token without its secret."""

    id: str
    policy: Policy
    government_code: str | None
    resources: tuple[str, ...]
    uses: int
    used: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered client, its registration access token, and its secret where it was just given one."""

    client: ClientSnapshot
    details: dict[str, Any]
    access_token: str
    policy: Policy
    secret: str | None = None
    digest: bytes = b""


class Registrations:
    """Issues and takes initial access tokens; registers, reads, changes and removes clients with them."""

    def __init__(self, store: RegistrationStore, clients: Clients, audit: AuditLog, clock: Clock, randomness: Randomness) -> None:
        self._store = store
        self._clients = clients
        self._audit = audit
        self._clock = clock
        self._randomness = randomness

    # -- the operator's side -------------------------------------------------------------------------------------

    def create_token(
        self, actor: Actor, *, policy: str, government: str | None, uses: int, days: int | None, resources: Sequence[str] = ()
    ) -> tuple[InitialToken, str]:
        """A new initial access token; its text is given here and never again. Raises Invalid, NotAllowed, NotFound."""
        self._clients.require_writer(actor)
        known = POLICIES.get(policy)
        if known is None:
            raise Invalid("registration.policy", f"there is no policy {policy!r}; there are {', '.join(POLICIES)}", field="policy")
        if known.needs_government and government is None:
            raise Invalid("registration.government", f"the policy {policy} needs --government", field="government")
        if not 1 <= uses <= 1000 or (days is not None and not 1 <= days <= 3650):
            raise Invalid("registration.uses", "a token has 1 to 1,000 uses and lives 1 to 3,650 days", field="uses")
        self._clients.check_government(government)
        check_resources("resources", resources)
        now, text = self._clock.now(), "irt_" + opaque(self._randomness)
        token_id = new_id(self._randomness, now)
        self._store.add_token(
            id=token_id,
            digest=digest(text),
            policy=policy,
            government_code=government,
            resources=[*resources],
            uses=uses,
            used=0,
            created_at=now,
            expires_at=now + timedelta(days=days) if days is not None else None,
        )
        self._note(Tag.REGISTRATION_TOKEN_CREATE, actor, token_id, government, policy=policy, uses=uses, days=days)
        return _token(self._store.token_by_id(token_id)), text

    def tokens(self) -> list[InitialToken]:
        """Every initial access token, newest first."""
        return [_token(row) for row in self._store.tokens()]

    def revoke_token(self, actor: Actor, token_id: str, *, disable_clients: bool = False) -> list[str]:
        """No more clients with this token; gives those that were disabled too. Raises NotFound."""
        self._clients.require_writer(actor)
        row = self._store.token_by_id(token_id)
        if row is None:
            raise NotFound("registration.token", f"there is no registration token {token_id[:40]!r}", field="id")
        if self._store.revoke(token_id, self._clock.now()):
            self._note(Tag.REGISTRATION_TOKEN_REVOKE, actor, token_id, row.government_code)
        disabled = self._store.clients_of(token_id) if disable_clients else []
        for client_id in disabled:
            self._clients.disable(actor, client_id)
        return disabled

    # -- the client's side ---------------------------------------------------------------------------------------

    def admit(self, actor: Actor, text: str) -> InitialToken | None:
        """The initial access token, while it is live; nothing is used up yet."""
        row = self._store.token(digest(text)) if len(text) <= _LONGEST else None
        if row is None:
            return None
        token, now = _token(row), self._clock.now()
        ended = token.revoked_at is not None or token.used >= token.uses or (token.expires_at is not None and token.expires_at <= now)
        if ended:
            self._note(Tag.REGISTRATION_REFUSE, actor, token.id, token.government_code, reason="ended")
            return None
        return token

    def register(self, actor: Actor, token: InitialToken, new: NewClient, details: dict[str, Any]) -> Registered | None:
        """Use the token once and register `new`, which the caller has had checked; None when the last use went meanwhile."""
        now = self._clock.now()
        if not self._store.claim(token.id, now):
            self._note(Tag.REGISTRATION_REFUSE, actor, token.id, token.government_code, reason="used_up")
            return None
        client, secret = self._clients.create(actor, new)
        text = "rat_" + opaque(self._randomness)
        self._store.add(
            client_id=client.client_id, registration_token_id=token.id, digest=digest(text), details=details, created_at=now
        )
        return Registered(client, details, text, token.policy, secret, digest(text))

    def find(self, actor: Actor, client_id: str, text: str) -> Registered | None:
        """The client that this registration access token manages, or None.

        The token before the last rotation is good until the present one was used: its answer may have been lost. Afterwards
        somebody else has it, and the client is disabled until an operator has looked.
        """
        row = self._store.get(client_id) if len(text) <= _LONGEST and len(client_id) <= 128 and "\0" not in client_id else None
        if row is None:
            return None
        shown = digest(text)
        if not same(row.digest, shown):
            return self._by_previous(actor, row, shown)
        if row.confirmed_at is None:
            self._store.change(client_id, row.digest, confirmed_at=self._clock.now())
            self._changed(Tag.REGISTRATION_CHANGE, actor, client_id, confirmed=True)
        return self._found(row, text, shown)

    def update(self, actor: Actor, found: Registered, new: NewClient, details: dict[str, Any]) -> Registered | None:
        """Replace what is registered and rotate the registration access token; None when another update was faster."""
        client_id = found.client.client_id
        text = self.rotate(actor, found, details=details)
        if text is None:
            return None
        client, secret = self._clients.replace(actor, client_id, new)
        return Registered(client, details, text, found.policy, secret, digest(text))

    def rotate(self, actor: Actor, found: Registered, **values: Any) -> str | None:
        """A new registration access token; the old one stays good until the new one is used."""
        text = "rat_" + opaque(self._randomness)
        rotated = {"digest": digest(text), "previous_digest": found.digest, "confirmed_at": None, **values}
        if not self._store.change(found.client.client_id, found.digest, **rotated):
            return None
        self._changed(Tag.REGISTRATION_CHANGE, actor, found.client.client_id, rotated=True)
        return text

    def remove(self, actor: Actor, found: Registered) -> None:
        """The client takes itself away: disabled for good, and its token with it (RFC 7592 section 2.3)."""
        client_id = found.client.client_id
        if self._store.change(client_id, found.digest, removed_at=self._clock.now()):
            self._changed(Tag.REGISTRATION_REMOVE, actor, client_id)
            self._clients.disable(actor, client_id)

    def _by_previous(self, actor: Actor, row: Any, shown: bytes) -> Registered | None:
        if row.previous_digest is None or not same(row.previous_digest, shown):
            return None
        if row.confirmed_at is not None:
            self._changed(Tag.REGISTRATION_REFUSE, actor, row.client_id, reason="rotated_token_reused")
            self._clients.disable(actor, row.client_id)
            return None
        # Its answer was lost: a new token, of which the presented one stays the predecessor.
        text = "rat_" + opaque(self._randomness)
        if not self._store.change(row.client_id, row.digest, digest=digest(text), previous_digest=shown):
            return None
        self._changed(Tag.REGISTRATION_CHANGE, actor, row.client_id, rotated=True)
        return self._found(row, text, digest(text))

    def _found(self, row: Any, text: str, shown: bytes) -> Registered:
        initial = self._store.token_by_id(row.registration_token_id)
        return Registered(self._clients.get(row.client_id), row.details, text, _token(initial).policy, None, shown)

    def _note(self, tag: Tag, actor: Actor, token_id: str, government: str | None, **details: Any) -> None:
        self._audit.record(tag, actor, subject=("registration", token_id), government=government, **details)

    def _changed(self, tag: Tag, actor: Actor, client_id: str, **details: Any) -> None:
        self._audit.record(tag, actor, subject=("client", client_id), client_id=client_id, **details)


def _token(row: Any) -> InitialToken:
    return InitialToken(
        row.id, POLICIES[row.policy], row.government_code, tuple(row.resources), row.uses, row.used, row.created_at, row.expires_at,
        row.revoked_at,
    )  # fmt: skip
