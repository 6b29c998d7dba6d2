"""Every statement about devices that wait (RFC 8628). Whatever can race is one conditional UPDATE."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, column, delete, exists, insert, or_, select, table, true, update
from sqlalchemy.orm import Session

from idp.db.base import UtcDateTime
from idp.tokens.models import DeviceCode
from idp.tokens.view import DeviceView

_devices: Any = DeviceCode.__table__
_OWN = tuple(_devices.c[name] for name in DeviceView.__slots__)
_people = table("people", column("id"), column("status"))
_sessions = table("browser_sessions", column("id"), column("ended_at", UtcDateTime()), column("expires_at", UtcDateTime()))


class DeviceStore:
    """Devices that wait, and how each was answered."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, values: dict[str, Any]) -> None:
        """Insert one."""
        self._run(insert(_devices).values(**values))

    def by_device_digest(self, digest: bytes) -> DeviceView | None:
        """The device whose own code has this digest."""
        return self._one(select(*_OWN).where(_devices.c.device_digest == digest))

    def by_id(self, device_id: str) -> DeviceView | None:
        """The device named so."""
        return self._one(select(*_OWN).where(_devices.c.id == device_id))

    def take(self, user_digest: bytes, person_id: str, now: datetime) -> DeviceView | None:
        """Bind a waiting device to the person who typed its user code; None when it is gone, answered or another's (attack C8)."""
        mine = or_(_devices.c.person_id.is_(None), _devices.c.person_id == person_id)
        found = update(_devices).where(_devices.c.user_digest == user_digest, mine, *_waiting(now)).values(person_id=person_id)
        return self._one(found.returning(*_OWN))

    def approve(self, device_id: str, person_id: str, now: datetime, **proof: Any) -> bool:
        """The person said yes; False when it was answered already or its time is over."""
        mine = (_devices.c.id == device_id, _devices.c.person_id == person_id)
        return self._did(update(_devices).where(*mine, *_waiting(now)).values(approved_at=now, **proof))

    def deny(self, device_id: str, now: datetime) -> bool:
        """The person said no, or another client presented the code; False when it is over already. An unspent yes is taken back."""
        unspent = (_devices.c.redeemed_at.is_(None), _devices.c.denied_at.is_(None), _devices.c.expires_at > now)
        return self._did(update(_devices).where(_devices.c.id == device_id, *unspent).values(denied_at=now))

    def redeem(self, digest: bytes, client_id: str, now: datetime, *, offline: bool) -> DeviceView | None:
        """Spend an approved code once, the person still active and (unless offline) the approving session still open."""
        person = exists().where(_people.c.id == _devices.c.person_id, _people.c.status == "active")
        is_open = and_(_sessions.c.ended_at.is_(None), _sessions.c.expires_at > now)
        session: Any = true() if offline else exists().where(_sessions.c.id == _devices.c.session_id, is_open)
        spent = (
            update(_devices)
            .where(
                _devices.c.device_digest == digest,
                _devices.c.client_id == client_id,
                _devices.c.approved_at.is_not(None),
                _devices.c.denied_at.is_(None),
                _devices.c.redeemed_at.is_(None),
                _devices.c.expires_at > now,
                person,
                session,
            )
            .values(redeemed_at=now)
        )
        return self._one(spent.returning(*_OWN))

    def poll(self, device_id: str, now: datetime, next_poll_at: datetime) -> bool:
        """Count a poll that came in time; False when it came too early (section 3.5)."""
        in_time = (_devices.c.id == device_id, _devices.c.next_poll_at <= now)
        return self._did(update(_devices).where(*in_time).values(next_poll_at=next_poll_at))

    def slow(self, device_id: str, *, by: int, most: int) -> None:
        """Lengthen the pace of a device that polls too fast."""
        longer = case((_devices.c.pace + by > most, most), else_=_devices.c.pace + by)
        self._run(update(_devices).where(_devices.c.id == device_id).values(pace=longer))

    def prune(self, before: datetime, limit: int) -> int:
        """Delete devices whose time was over by `before`, at most `limit`; gives how many."""
        old = select(_devices.c.id).where(_devices.c.expires_at < before).order_by(_devices.c.id).limit(limit)
        count: int = self._run(delete(_devices).where(_devices.c.id.in_(old))).rowcount
        return count

    def _run(self, statement: Any) -> Any:
        return self._session.connection().execute(statement)

    def _one(self, statement: Any) -> DeviceView | None:
        row = self._run(statement).first()
        return None if row is None else DeviceView(**row._asdict())

    def _did(self, statement: Any) -> bool:
        return self._run(statement.returning(_devices.c.id)).first() is not None


def _waiting(now: datetime) -> tuple[Any, ...]:
    return (_devices.c.approved_at.is_(None), _devices.c.denied_at.is_(None), _devices.c.expires_at > now)
