"""Links to systems that keep their own accounts; nothing is signed in to, and the start page says so."""

from collections.abc import Sequence
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotFound
from idp.kernel.randomness import Randomness, new_id
from idp.kernel.urls import redirect_uri_problem
from idp.portal.catalogue import opens
from idp.portal.rights import require
from idp.portal.store import PortalStore
from idp.portal.wording import line, needed


class Links:
    """Adds, lists and removes."""

    def __init__(self, store: PortalStore, audit: AuditLog, clock: Clock, randomness: Randomness) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._randomness = randomness

    def list(self) -> Sequence[Any]:
        """Those that stand, by name: rows with id, name, uri, description, description_id, created_at."""
        return self._store.links()

    def add(self, actor: Actor, name: str, uri: str, *, description: str | None = None, description_id: str | None = None) -> str:
        """Add a link; gives its id. Raises NotAllowed, Invalid (texts, address), Conflict (the name is taken)."""
        require(actor)
        name = needed(name, field="name", longest=80)
        problem = redirect_uri_problem(uri.partition("#")[0]) or ("" if opens(uri) else "it must be an https address")
        if problem:
            raise Invalid("portal.uri", f"the address cannot be used: {problem}", field="uri")
        if any(row.name.casefold() == name.casefold() for row in self._store.links()):
            raise Conflict("portal.link", f"there is a link named {name} already", field="name")
        link_id = new_id(self._randomness, self._clock.now())
        texts = {
            "description": line(description, field="description", longest=200),
            "description_id": line(description_id, field="description-id", longest=200),
        }
        now, by = self._clock.now(), actor.id or actor.kind
        self._store.add_link(id=link_id, name=name, uri=uri, created_at=now, created_by=by, **texts)
        self._audit.record(Tag.PORTAL_LINK_CHANGE, actor, subject=("portal_link", link_id), change="add", name=name, uri=uri)
        return link_id

    def remove(self, actor: Actor, link_id: str) -> str:
        """Take a link away; gives its name. Raises NotAllowed, NotFound."""
        require(actor)
        name = self._store.remove_link(link_id, self._clock.now()) if link_id.isalnum() else None
        if name is None:
            raise NotFound("portal.link_unknown", f"there is no link {link_id[:30]!r}")
        self._audit.record(Tag.PORTAL_LINK_CHANGE, actor, subject=("portal_link", link_id), change="remove", name=name)
        return name
