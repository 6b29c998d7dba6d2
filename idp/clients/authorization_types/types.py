"""Declaring types of authorization details, and saying which client may use them (RFC 9396 sections 2 and 10)."""

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.clients.authorization_types.declaration import DeclaredType, check_type
from idp.clients.authorization_types.store import TypeStore
from idp.clients.metadata import NewClient, check_resources
from idp.clients.snapshot import ClientSnapshot
from idp.db.session import Database
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid, NotFound
from idp.kernel.logs import logger

log = logger("idp.clients")

_MOST = 20
_REREAD = timedelta(seconds=30)


class AuthorizationTypes:
    """Reads and changes them.

    get: a client freshly read, or NotFound; change: writes columns of a client; require: raises NotAllowed for an actor who may
    not change applications.
    """

    def __init__(
        self, store: TypeStore, audit: AuditLog, clock: Clock, get: Callable[[str], ClientSnapshot], change: Callable[..., None],
        require: Callable[[Actor], None],
    ) -> None:  # fmt: skip
        self._store = store
        self._audit = audit
        self._clock = clock
        self._get = get
        self._change = change
        self._require = require

    def declare(
        self, actor: Actor, name: str, *, title: str, title_id: str, schema: object, resources: Sequence[str], without_person: bool = False
    ) -> DeclaredType:
        """Declare a type, or declare it anew. Raises Invalid, NotAllowed."""
        self._require(actor)
        check_type(name, title, title_id, schema)
        check_resources("resources", resources)
        if not resources:
            raise Invalid("authorization_types.resources", "name an API that the type is about: --resource URI", field="resources")
        now, about = self._clock.now(), list(dict.fromkeys(resources))
        self._store.put(
            type=name, title=title, title_id=title_id, schema=schema, resources=about, without_person=without_person, created_at=now,
            updated_at=now,
        )  # fmt: skip
        self._record(actor, name, declared=True, resources=about, without_person=without_person)
        return self.known([name])[name]

    def retire(self, actor: Actor, name: str) -> None:
        """Take a type away: from now on nothing of it is asked for, given or told. Raises NotAllowed, NotFound."""
        self._require(actor)
        if not self._store.remove(name):
            raise NotFound("authorization_types.unknown", f"there is no authorization type {name[:200]!r}", field="type")
        self._record(actor, name, declared=False)

    def allow(self, actor: Actor, name: str, client_id: str) -> tuple[str, ...]:
        """Let a client use a type; gives all it may use. Raises Invalid, NotAllowed, NotFound."""
        self._require(actor)
        client = self._get(client_id)
        wanted = tuple(dict.fromkeys((*client.authorization_types, name)))
        self._check((name,), (*client.resources, *client.audience), len(wanted))
        return self._write(actor, client, wanted)

    def forbid(self, actor: Actor, name: str, client_id: str) -> tuple[str, ...]:
        """Take that back: at once, for what was granted too. Gives all it still may use. Raises NotAllowed, NotFound."""
        self._require(actor)
        client = self._get(client_id)
        if name not in client.authorization_types:
            raise NotFound("authorization_types.unknown", f"{client_id} may not use {name[:200]!r} anyway", field="type")
        return self._write(actor, client, tuple(one for one in client.authorization_types if one != name))

    def check_client(self, new: NewClient) -> None:
        """Raises Invalid for a type that is not declared, or that is about no API the client has to do with.

        Whoever registers by themselves is told which APIs they may ask tokens for, and so which types.
        """
        if new.authorization_types:
            self._check(new.authorization_types, (*new.resources, *new.audience), len(new.authorization_types))

    def known(self, names: Collection[str]) -> dict[str, DeclaredType]:
        """Of these names the types that are declared now, in one read."""
        return {one.type: one for one in self._store.named(names)} if names else {}

    def list(self) -> list[DeclaredType]:
        """Every declared type, by name."""
        return self._store.all()

    def _check(self, names: Sequence[str], resources: Collection[str], count: int) -> None:
        if count > _MOST:
            raise _invalid(f"a client uses at most {_MOST} authorization types")
        found = self.known(names)
        for name in names:
            if name not in found:
                raise _invalid(f"there is no authorization type {name[:200]!r}; `idp authorization-type list` shows them")
            if not set(found[name].resources) & set(resources):
                raise _invalid(f"{name} is about {', '.join(found[name].resources)}; the client is registered for none of them")

    def _write(self, actor: Actor, client: ClientSnapshot, wanted: tuple[str, ...]) -> tuple[str, ...]:
        self._change(client.client_id, authorization_types=[*wanted])
        subject = ("client", client.client_id)
        self._audit.record(
            Tag.CLIENT_CHANGE, actor, subject=subject, government=client.government_code, client_id=client.client_id,
            authorization_types=[*wanted],
        )  # fmt: skip
        return wanted

    def _record(self, actor: Actor, name: str, **details: Any) -> None:
        self._audit.record(Tag.AUTHORIZATION_TYPE_CHANGE, actor, subject=("authorization_type", name), **details)


class DeclaredNames:
    """The names of all declared types, for discovery: read again at most every half minute, in a unit of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, ...], datetime] | None = None

    def __call__(self) -> tuple[str, ...]:
        """The names, in order."""
        now, kept = self._clock.now(), self._kept
        if kept is not None and abs(now - kept[1]) < _REREAD:
            return kept[0]
        with self._lock:
            if self._kept is kept:
                self._kept = (self._read(kept[0] if kept else ()), now)
            return self._kept[0] if self._kept else ()

    def _read(self, before: tuple[str, ...]) -> tuple[str, ...]:
        try:
            with self._database.unit(read_only=True) as session:
                return TypeStore(session).names()
        except Exception as error:  # noqa: BLE001 - whatever it is: metadata is answered while the database rests, too
            log.warning("declared types not read", detail=type(error).__name__)
            return before


def _invalid(sentence: str) -> Invalid:
    return Invalid("clients.authorization_types", sentence, field="authorization_types")
