"""Registering, finding and changing applications."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.clients import metadata
from idp.clients.addresses import Network
from idp.clients.authorization_types.store import TypeStore
from idp.clients.authorization_types.types import AuthorizationTypes
from idp.clients.cache import ClientCache
from idp.clients.exchange.pairs import ExchangePairs
from idp.clients.exchange.store import ExchangeStore
from idp.clients.metadata import RESTRICTED_SCOPES, NewClient
from idp.clients.registration.registrations import Registrations
from idp.clients.registration.store import RegistrationStore
from idp.clients.request_metadata import sector_problem
from idp.clients.snapshot import ClientSnapshot, by_client, snapshot_of
from idp.clients.store import ClientStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from idp.kernel.lazily import lazily
from idp.kernel.randomness import Randomness, digest, new_id, opaque
from idp.kernel.urls import origin_of
from idp.policy.permissions import MAY, Permission, Role

_NO_COLUMN = frozenset({"secret", "redirect_uris", "post_logout_redirect_uris"})
_KINDS = {"redirect": "redirect_uris", "post_logout": "post_logout_redirect_uris"}
_LISTS = {"grants": " ", "scopes": " "}


class Registry:
    """The applications of this installation.

    cache: the process's; allowed_networks: private networks that addresses given by clients may name.
    """

    def __init__(
        self,
        store: ClientStore,
        audit: AuditLog,
        clock: Clock,
        randomness: Randomness,
        cache: ClientCache,
        *,
        allowed_networks: Iterable[Network] = (),
        fetch_json: Callable[[str], object] | None = None,
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._randomness = randomness
        self._cache = cache
        self._networks = tuple(allowed_networks)
        self._fetch_json = fetch_json
        self._vouched: set[tuple[str, tuple[str, ...]]] = set()
        self._changed = False

    @lazily
    def exchange(self) -> ExchangePairs:
        """Who may exchange tokens for whom (RFC 8693)."""
        return ExchangePairs(ExchangeStore(self._store.session), self._audit, self._clock, self.get, _require)

    @lazily
    def authorization_types(self) -> AuthorizationTypes:
        """Declared types of authorization details, and who may use them (RFC 9396)."""
        return AuthorizationTypes(TypeStore(self._store.session), self._audit, self._clock, self.get, self._change, _require)

    @lazily
    def registration(self) -> Registrations:
        """Clients that register themselves (RFC 7591)."""
        return Registrations(RegistrationStore(self._store.session), self, self._audit, self._clock, self._randomness)

    def check(self, new: NewClient) -> NewClient:
        """`new` with its defaults, as `create` and `replace` would take it; raises Invalid. Nothing is written.

        Before a unit writes: a sector's document is fetched now, outside any transaction, and not again in this unit.
        """
        checked = metadata.check(new, self._networks)
        self._check_sector(checked)
        return checked

    def require_writer(self, actor: Actor) -> None:
        """Raises NotAllowed for an actor who may not change applications."""
        _require(actor)

    def check_government(self, code: str | None) -> None:
        """Raises NotFound for the code of a government that there is not; None is no government."""
        if code is not None and not self._store.government_exists(code):
            raise NotFound("clients.government", f"there is no government {code}", field="government")

    def find(self, client_id: str) -> ClientSnapshot | None:
        """The client, at most 5 s old; None when there is none. Look at `enabled`, and `confirm` before issuing."""
        # What this unit changed may still be rolled back, so it neither trusts nor feeds the cache of the process.
        kept = None if self._changed else self._cache.get(client_id, self._clock.now())
        if kept is not None and kept[1]:
            return kept[0]
        if kept is not None and self._store.version(client_id) == kept[0].version:
            self._cache.keep(kept[0], self._clock.now())
            return kept[0]
        return self._load(client_id)

    def confirm(self, snapshot: ClientSnapshot, live_version: int | None) -> ClientSnapshot | None:
        """The client as it is now, or None when it is gone or disabled.

        live_version: `clients.version` as the caller has just read it (None: no such row). The client is read again when it
        differs, so a disabled client stops at once although `find` trusts its cache.
        """
        if live_version is None:
            self._cache.forget(snapshot.client_id)
            return None
        current = snapshot if live_version == snapshot.version else self._load(snapshot.client_id)
        return current if current is not None and current.enabled else None

    def find_live(self, client_id: str) -> ClientSnapshot | None:
        """The enabled client as it is now (one narrow read when the cache knows it), or None."""
        kept = None if self._changed else self._cache.get(client_id, self._clock.now())
        found = self.confirm(kept[0], self._store.version(client_id)) if kept else self._load(client_id)
        return found if found is not None and found.enabled else None

    def create(self, actor: Actor, new: NewClient) -> tuple[ClientSnapshot, str | None]:
        """Register a client; gives it and its secret, which is never shown again (None when it has none).

        Raises Invalid (metadata rules), NotAllowed (a restricted scope), NotFound (government), Conflict (id taken).
        """
        _require(actor)
        new = metadata.check(new, self._networks)
        approved = sorted(RESTRICTED_SCOPES.intersection(new.scopes))
        if approved:
            _require_approver(actor, approved)
        self.check_government(new.government_code)
        self.authorization_types.check_client(new)
        self._check_sector(new)
        self._changed = True
        if not self._store.add(self._columns(new), self._addresses(new)):
            raise Conflict("clients.exists", f"there is a client {new.client_id} already", field="client_id")
        secret = self._add_secret(new.client_id, new.secret) if new.uses_secret else None
        self._audit.record(
            Tag.CLIENT_CREATE,
            actor,
            subject=("client", new.client_id),
            government=new.government_code,
            client_id=new.client_id,
            auth_method=new.auth_method,
            grants=list(new.grants),
            scopes=" ".join(new.scopes),
            redirect_uris=[uri[:200] for uri in new.redirect_uris[:10]],
            approved=approved,
        )
        return self.get(new.client_id), secret

    def replace(self, actor: Actor, client_id: str, new: NewClient) -> tuple[ClientSnapshot, str | None]:
        """Register everything anew under the same id; gives a secret where the client needs one and has none.

        Its subjects stay: the sector is kept. Raises as `create` does, and NotFound.
        """
        _require(actor)
        before = self.get(client_id)
        new = metadata.check(replace(new, client_id=client_id, sector=before.sector), self._networks)
        added = sorted(RESTRICTED_SCOPES.intersection(new.scopes) - set(before.scopes))
        if added:
            _require_approver(actor, added)
        self.check_government(new.government_code)
        self.authorization_types.check_client(new)
        self._check_sector(new)
        columns = self._columns(new)
        for name in ("client_id", "status", "version", "created_at", "updated_at"):
            del columns[name]
        self._change(client_id, **columns)
        self._store.replace_uris(client_id, self._addresses(new))
        if not new.uses_secret:
            self._store.limit_secrets(client_id, self._clock.now(), self._clock.now())
        secret = self._add_secret(client_id, None) if new.uses_secret and not before.secrets else None
        self._record(Tag.CLIENT_CHANGE, actor, before, scopes=" ".join(new.scopes), grants=list(new.grants), auth_method=new.auth_method)
        return self.get(client_id), secret

    def rotate_secret(self, actor: Actor, client_id: str, *, keep_days: int = 7, secret: str | None = None) -> str:
        """Add a secret and give it, once; the newest old one is accepted for `keep_days` more, older ones end now.

        secret: one brought by the operator instead of a generated one. Raises NotFound, Conflict (a client without
        secrets), Invalid (days, secret).
        """
        _require(actor)
        if not 0 <= keep_days <= 365:
            raise Invalid("clients.keep_days", "the old secret may be kept for 0 to 365 days", field="keep_days")
        if secret is not None:
            metadata.check_secret(secret)
        client = self.get(client_id)
        if not client.auth_method.startswith("client_secret"):
            raise Conflict("clients.no_secret", f"{client_id} has no secret: it uses {client.auth_method}")
        now = self._clock.now()
        self._change(client_id)
        self._store.limit_secrets(client_id, now, now + timedelta(days=keep_days))
        added = self._add_secret(client_id, secret)
        self._record(Tag.CLIENT_SECRET_ROTATE, actor, client, keep_days=keep_days)
        return added

    def disable(self, actor: Actor, client_id: str) -> ClientSnapshot:
        """Stop a client: nothing is issued to it or accepted from it from the commit on. Raises NotFound."""
        return self._set_status(actor, client_id, "disabled", Tag.CLIENT_DISABLE)

    def enable(self, actor: Actor, client_id: str) -> ClientSnapshot:
        """Let a client work again. Raises NotFound."""
        return self._set_status(actor, client_id, "active", Tag.CLIENT_ENABLE)

    def assign(self, actor: Actor, client_id: str, **subject: str) -> None:
        """Let somebody use a client whose access is `assigned`: exactly one of person_id, government_code, unit_id."""
        _require(actor)
        client = self.get(client_id)
        _check_subject(subject)
        self.check_government(subject.get("government_code"))
        if self._store.is_assigned(client_id, **subject):
            return
        self._change(client_id)
        self._store.assign(id=self._new_id(), client_id=client_id, **subject)
        self._record(Tag.CLIENT_CHANGE, actor, client, assigned=dict(subject))

    def unassign(self, actor: Actor, client_id: str, **subject: str) -> None:
        """Take an assignment back; nothing happens when there is none."""
        _require(actor)
        client = self.get(client_id)
        _check_subject(subject)
        if self._store.unassign(client_id, **subject):
            self._change(client_id)
            self._record(Tag.CLIENT_CHANGE, actor, client, unassigned=dict(subject))

    def is_assigned(self, client_id: str, person_id: str, government_code: str | None, unit_line: Sequence[str] = ()) -> bool:
        """Whether the client's list names the person, their government or a unit of `unit_line`; for policy.access.may_use."""
        return client_id in self._store.assigned(person_id, government_code, unit_line, client_id)

    def assigned_to(self, person_id: str, government_code: str | None, unit_line: Sequence[str] = ()) -> frozenset[str]:
        """The client ids whose lists name the person, their government or a unit of `unit_line`; for the portal."""
        return frozenset(self._store.assigned(person_id, government_code, unit_line))

    def is_origin(self, origin: str) -> bool:
        """True when `origin` is that of a redirect URI of an active client: where CORS may answer before the client is known."""
        return len(origin) <= 300 and self._store.has_origin(origin.lower())

    def get(self, client_id: str) -> ClientSnapshot:
        """The client, freshly read; raises NotFound."""
        found = self._load(client_id)
        if found is None:
            raise NotFound("clients.unknown", f"there is no client {client_id[:128]!r}", field="client_id")
        return found

    def list(self) -> tuple[ClientSnapshot, ...]:
        """Every client by id, freshly read in three statements."""
        now = self._clock.now()
        uris = by_client(self._store.uris())
        secrets = by_client(self._store.secrets(now))
        rows = self._store.rows()
        return tuple(snapshot_of(row, uris.get(row.client_id, ()), secrets.get(row.client_id, ())) for row in rows)

    def _load(self, client_id: str) -> ClientSnapshot | None:
        row = self._store.row(client_id) if client_id.isascii() and "\0" not in client_id else None
        if row is None:
            self._cache.forget(client_id)
            return None
        found = snapshot_of(row, self._store.uris(client_id), self._store.secrets(self._clock.now(), client_id))
        if not self._changed:
            self._cache.keep(found, self._clock.now())
        return found

    def _set_status(self, actor: Actor, client_id: str, status: str, tag: Tag) -> ClientSnapshot:
        _require(actor)
        client = self.get(client_id)
        if client.status == status:
            return client
        self._change(client_id, status=status)
        self._record(tag, actor, client)
        return self.get(client_id)

    def _change(self, client_id: str, **values: Any) -> None:
        self._changed = True
        self._store.change(client_id, self._clock.now(), **values)
        self._cache.forget(client_id)

    def _record(self, tag: Tag, actor: Actor, client: ClientSnapshot, **details: Any) -> None:
        subject = ("client", client.client_id)
        self._audit.record(tag, actor, subject=subject, government=client.government_code, client_id=client.client_id, **details)

    def _check_sector(self, new: NewClient) -> None:
        """OIDC Core section 8.1: who names a sector must be named by it."""
        known = new.sector_identifier_uri or "", new.redirect_uris
        if new.sector_identifier_uri is None or known in self._vouched:
            return
        self._store.checkpoint()  # its server may take seconds: no transaction waits for it
        document = self._fetch_json(new.sector_identifier_uri) if self._fetch_json else None
        if problem := sector_problem(document, new.redirect_uris):
            raise Invalid("clients.sector_identifier_uri", f"sector_identifier_uri: {problem}", field="sector_identifier_uri")
        self._vouched.add(known)

    def _new_id(self) -> str:
        return new_id(self._randomness, self._clock.now())

    def _add_secret(self, client_id: str, given: str | None) -> str:
        secret = given or "sns_" + opaque(self._randomness)
        self._store.add_secret(
            id=self._new_id(),
            client_id=client_id,
            digest=digest(secret),
            prefix="" if given else secret[:8],  # of a short secret, eight characters would be most of it
            created_at=self._clock.now(),
        )
        return secret

    def _columns(self, new: NewClient) -> dict[str, Any]:
        now = self._clock.now()
        values = {name: getattr(new, name) for name in NewClient.__slots__ if name not in _NO_COLUMN}
        for name, separator in _LISTS.items():
            values[name] = separator.join(values[name])
        values |= {name: [*values[name]] for name in ("audience", "resources", "request_uris", "authorization_types")}
        return {**values, "status": "active", "version": 1, "created_at": now, "updated_at": now}

    def _addresses(self, new: NewClient) -> Iterable[dict[str, Any]]:
        for kind, field in _KINDS.items():
            for position, uri in enumerate(getattr(new, field)):
                where = {"kind": kind, "position": position, "uri": uri, "origin": origin_of(uri)}
                yield {"id": self._new_id(), "client_id": new.client_id, **where}


def _require(actor: Actor) -> None:
    """The command line on the server may; a person needs a role that writes clients."""
    roles = (MAY[role] for role in Role if role in actor.roles)
    if actor.kind not in ("operator", "system") and not any(Permission.CLIENT_WRITE in permissions for permissions in roles):
        raise NotAllowed("clients.not_allowed", "you may not change applications")


def _require_approver(actor: Actor, scopes: Sequence[str]) -> None:
    """A restricted scope is given by the operator or an administrator, not by whoever looks after applications."""
    if actor.kind != "operator" and Role.ADMINISTRATOR not in actor.roles:
        raise NotAllowed("clients.restricted_scope", f"the scope {', '.join(scopes)} needs an administrator's approval", field="scopes")


def _check_subject(subject: dict[str, str]) -> None:
    if len(subject) != 1 or not {"person_id", "government_code", "unit_id"}.issuperset(subject):
        raise Invalid("clients.subject", "name exactly one of person_id, government_code, unit_id", field="subject")
