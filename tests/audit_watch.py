"""Every change has its event: watches committed transactions for a write to an audited table without an audit event beside it.

It sees SQLAlchemy's statements and the fast lane's (idp.db.unit announces them). On during each request of the `client` fixture and
wherever a test says ``with watching():``; off while a test arranges its data.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import Pool

# Tables whose rows may change without an event of their own, each with the reason. Every other table is audited.
EXCUSED = {
    "audit_events": "the record itself",
    "audit_seals": "hashes over the record",
    "audit_checkpoints": "signed statements about the record",
    "audit_prunings": "signed statements about the record; what goes is recorded",
    "daily_figures": "counts of what the record says",
    "coverage_figures": "counts of accounts",
    "audit_positions": "how far a reader of the record has come",
    "outbox": "the deed that promised the work is recorded, and so is a delivery that fails",
    "throttle_counters": "counters; the refusal that they lead to is recorded",
    "sign_ins": "an unfinished sign-in; each proof given in it is recorded",
    "known_devices": "a hint for throttling; the session start that made it is recorded",
    "authorization_requests": "an unfinished request; what is issued or refused is recorded",
    "pushed_requests": "an unfinished request; what is issued or refused is recorded",
    "device_codes": "an unfinished request; what is allowed, declined or refused is recorded",
    "passkey_challenges": "an unanswered question; what its answer proved or was refused for is recorded",
    "passkey_handles": "a random name made with the question for a first passkey; the passkey is recorded",
    "used_assertions": "memory against replay; what the assertion was used for is recorded",
}
# Columns that may be touched alone: they say when something was last seen, or remember a retry.
TOUCHES = {
    "browser_sessions": {"last_seen_at"},
    "grants": {"retries"},
    "password_hashes": {"hash"},  # a rehash under raised parameters; the sign-in that caused it is recorded
}

_WRITE = re.compile(r'\s*(?:WITH\b.*?\)\s*)?(INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)"?', re.IGNORECASE | re.DOTALL)
_ASSIGNED = re.compile(r'"?(\w+)"?\s*=')
_watching: ContextVar[bool] = ContextVar("watching", default=False)


class UnauditedWrite(AssertionError):
    """A transaction changed an audited table and recorded nothing."""


@contextmanager
def watching() -> Iterator[None]:
    """Check every transaction of this thread that commits inside the block."""
    token = _watching.set(True)
    try:
        yield
    finally:
        _watching.reset(token)


def watch_requests(wsgi: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The same application, watched while it answers."""

    def watched(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with watching():
            return wsgi(environ, start_response)

    return watched


def needs_event(statement: str) -> str | None:
    """The audited table that a statement changes, or None."""
    found = _WRITE.match(statement)
    if not found:
        return None
    verb, table = found[1].upper(), found[2].lower()
    if table in EXCUSED or table == "alembic_version":
        return None
    assigned = set(_ASSIGNED.findall(re.split(r"\bWHERE\b", statement.partition(" SET ")[2], maxsplit=1)[0]))
    if verb == "UPDATE" and assigned and assigned <= TOUCHES.get(table, set()):
        return None
    return table


@event.listens_for(Engine, "before_cursor_execute")
def _note(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
    if not _watching.get():
        return
    if re.match(r'\s*INSERT\s+INTO\s+"?audit_events\b', statement, re.IGNORECASE):
        connection.info["idp_audited"] = True
    elif table := needs_event(statement):
        connection.info.setdefault("idp_changed", set()).add(table)


@event.listens_for(Engine, "rollback")
def _forget(connection: Connection) -> None:
    connection.info.pop("idp_changed", None)
    connection.info.pop("idp_audited", None)


@event.listens_for(Pool, "checkout")
def _start_clean(_driver: Any, record: Any, _proxy: Any) -> None:
    """A unit that was given up without a word left its notes on the connection."""
    record.info.pop("idp_changed", None)
    record.info.pop("idp_audited", None)


@event.listens_for(Engine, "commit")
def _check(connection: Connection) -> None:
    changed, audited = connection.info.pop("idp_changed", None), connection.info.pop("idp_audited", False)
    if changed and not audited:
        raise UnauditedWrite(f"changed {sorted(changed)} without an audit event in the same transaction")
