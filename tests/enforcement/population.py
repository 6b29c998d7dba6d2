"""A generated population: every status and factor state, in every combination, most of it in Kota Medan."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle, product
from typing import Any

from sqlalchemy import select, update

from idp.authn.models import AgencyCode, Passkey, PasswordHash, TotpSecret
from idp.directory import bulk
from idp.directory.models import Person, RoleGrant
from idp.enforcement.models import FactorException
from idp.kernel.randomness import SystemRandomness, new_id
from idp.wiring import Services

STATUSES = ("active", "active", "active", "invited", "disabled")
APPS = ("none", "unconfirmed", "confirmed", "lost", "found again")
ROLES = (None, None, "developer", "helpdesk")
EXCEPTIONS = (None, None, "approved", "asked for", "over by then", "other application")


def populate(services: Services, people: int, encoded: str, *, now: datetime, then: datetime) -> None:
    """People with these states; encoded: the hash of everybody's password; then: the moment that exceptions are tried at."""
    session, randomness = services.session, SystemRandomness()
    bulk.generate(session, people, randomness=randomness, clock=services.deps.clock)
    ids = list(session.scalars(select(Person.id).order_by(Person.username)))
    states = cycle(product(STATUSES, (True, True, False), APPS, (False, False, True), (True, False)))
    tables = (PasswordHash, TotpSecret, Passkey, AgencyCode, RoleGrant, FactorException)
    rows: dict[Any, list[dict[str, Any]]] = {table: [] for table in tables}
    changed = []
    for index, (person, (status, password, app, passkey, mail)) in enumerate(zip(ids, states, strict=False)):
        government = {"government_code": "12.71"} if index % 5 else {}
        address = {} if mail else {"email": None, "email_key": None, "email_verified_at": None}
        changed.append({"id": person, "status": status, **government, **address})
        if password:
            rows[PasswordHash].append({"person_id": person, "hash": encoded, "changed_at": now, "must_change": False})
        rows[TotpSecret] += _apps(person, app, now)
        rows[Passkey] += [_passkey(person, now)] if passkey else []
        rows[AgencyCode] += [_agency_code(person, now)] if app in ("lost", "found again") else []
        role, exception = ROLES[index // 7 % len(ROLES)], EXCEPTIONS[index // 11 % len(EXCEPTIONS)]
        if role:
            rows[RoleGrant].append({"id": new_id(randomness, now), "person_id": person, "role": role, "granted_at": now})
        if exception:
            rows[FactorException].append(_exception(person, exception, ids[0], ids[1], now, then))
    for changes in _alike(changed):
        session.execute(update(Person), changes)
    for table, values in rows.items():
        services.directory.insert_many(table, values)


def _alike(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows with the same columns together, as one statement takes them."""
    kinds: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        kinds.setdefault(tuple(row), []).append(row)
    yield from kinds.values()


def _apps(person: str, state: str, now: datetime) -> list[dict[str, Any]]:
    if state == "none":
        return []
    confirmed = None if state == "unconfirmed" else now - timedelta(days=30)
    used = now - timedelta(minutes=1) if state == "found again" else None
    made = new_id(SystemRandomness(), now)
    return [
        {
            "id": made, "person_id": person, "name": "HP", "sealed": b"x", "created_at": now - timedelta(days=30),
            "confirmed_at": confirmed, "last_used_at": used,
        }
    ]  # fmt: skip


def _passkey(person: str, now: datetime) -> dict[str, Any]:
    made = new_id(SystemRandomness(), now)
    return {
        "id": made, "person_id": person, "credential_id": made.encode(), "public_key": b"x", "sign_count": 0, "aaguid": "-",
        "transports": "", "name": "Kunci", "discoverable": True, "backup_eligible": False, "backed_up": False, "created_at": now,
    }  # fmt: skip


def _agency_code(person: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(SystemRandomness(), now), "person_id": person, "digest": bytes(32), "reason": "phone lost",
        "created_at": now - timedelta(hours=1), "expires_at": now + timedelta(hours=23),
    }  # fmt: skip


def _exception(person: str, kind: str, asked_by: str, approved_by: str, now: datetime, then: datetime) -> dict[str, Any]:
    approved = kind != "asked for"
    return {
        "id": new_id(SystemRandomness(), now), "person_id": person, "reason": "phone in repair", "asked_by": asked_by, "asked_at": now,
        "application": "e-gaji" if kind == "other application" else None,
        "approved_by": approved_by if approved else None, "approved_at": now if approved else None,
        "expires_at": then - timedelta(seconds=1) if kind == "over by then" else then + timedelta(days=30),
    }  # fmt: skip
