"""Record what happened, in the transaction of the change; search it."""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.audit.models import AuditEvent
from idp.audit.store import AuditStore
from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock

# Details never carry these, whatever a caller passes (ASVS 16.2.5).
_FORBIDDEN = frozenset(
    {"password", "secret", "token", "code", "nik", "assertion", "cookie", "verifier", "access_token", "refresh_token", "id_token"}
)
_LONGEST = 300


class AuditLog:
    """Writes audit events through the session it was given."""

    def __init__(self, store: AuditStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def record(
        self,
        tag: Tag,
        actor: Actor,
        *,
        subject: tuple[str, str] | None = None,
        government: str | None = None,
        client_id: str | None = None,
        **details: Any,
    ) -> None:
        """Append one event.

        subject: (kind, id) of what was acted on, e.g. ``("person", person.id)``; government: its code, which picks the
        hash chain; details: short, JSON-able, free of secrets (forbidden names raise ValueError).
        """
        self._store.append(**self._event(tag, actor, subject, government, client_id, details))

    def record_while(self, tag: Tag, actor: Actor, client: tuple[str, int], **details: Any) -> bool:
        """Append one event about a client and commit, if the client still has the version given with its id.

        One statement asks and records, so that nothing can change in between. Gives whether it was recorded.
        """
        event = self._event(tag, actor, ("client", client[0]), None, client[0], details)
        return self._store.append_while(client, **event)

    def _event(
        self,
        tag: Tag,
        actor: Actor,
        subject: tuple[str, str] | None,
        government: str | None,
        client_id: str | None,
        details: Mapping[str, Any],
    ) -> dict[str, Any]:
        return {
            "at": self._clock.now(),
            "tag": tag.value,
            "government_code": government,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "subject_kind": subject[0] if subject else None,
            "subject_id": subject[1] if subject else None,
            "client_id": client_id,
            "session_id": actor.session_id,
            "ip": actor.ip,
            "agent": actor.agent[:200] if actor.agent else None,
            "request_id": actor.request_id,
            "details": _clean(details),
        }

    def history(self, subject: tuple[str, str], tags: Sequence[Tag], *, limit: int = 50, before: int | None = None) -> list[AuditEvent]:
        """The newest events of these kinds about one subject, newest first; before: only those older than this number."""
        kind, subject_id = subject
        return self._store.for_subject(kind, subject_id, tags=[tag.value for tag in tags], limit=limit, before=before)

    def event(self, subject: tuple[str, str], tags: Sequence[Tag], number: int) -> AuditEvent | None:
        """One event by its number, when it is about this subject and of one of these kinds."""
        found = self.history(subject, tags, limit=1, before=number + 1)
        return found[0] if found and found[0].id == number else None


def _clean(details: Mapping[str, Any]) -> dict[str, Any]:
    bad = _FORBIDDEN.intersection(details)
    if bad:
        raise ValueError(f"audit details must not carry {sorted(bad)}")
    return {name: value[:_LONGEST] if isinstance(value, str) else value for name, value in details.items()}
