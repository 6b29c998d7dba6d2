"""Which applications could not be told that a person signed out: the person may still be signed in there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.audit.log import AuditLog
from idp.audit.tags import Tag

# An application's own session seldom lives longer; afterwards the warning would only frighten.
WORTH_SAYING = timedelta(days=7)
_MOST = 100


@dataclass(frozen=True, slots=True)
class Untold:
    """The newest attempt failed at this moment. again: it is still being tried."""

    at: datetime
    again: bool


def untold(audit: AuditLog, person_id: str, now: datetime) -> Mapping[str, Untold]:
    """By client id: applications whose newest message about a sign-out of this person did not arrive (back-channel logout, section 2.8)."""
    newest: dict[str, Untold | None] = {}
    for event in audit.history(("person", person_id), (Tag.LOGOUT_DELIVER, Tag.LOGOUT_FAIL), limit=_MOST):
        if event.client_id is None or event.at < now - WORTH_SAYING:
            continue
        failed = event.tag == Tag.LOGOUT_FAIL.value
        newest.setdefault(event.client_id, Untold(event.at, bool(event.details.get("again"))) if failed else None)
    return {client_id: found for client_id, found in newest.items() if found is not None}
