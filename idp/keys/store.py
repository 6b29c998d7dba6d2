"""Every statement of the keys room."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, or_, select, text, update
from sqlalchemy.orm import Session

from idp.keys.models import AuditKey, SigningKey

_T: Any = SigningKey.__table__
_A: Any = AuditKey.__table__
_INSERT = insert(_T)
_LIVE = select(_T).where(or_(_T.c.expires_at.is_(None), _T.c.expires_at > bindparam("now"))).order_by(_T.c.created_at, _T.c.kid)


class KeyStore:
    """Reads and changes signing keys."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self) -> None:
        """Let one transaction at a time change the ring.

        SQLite holds its write lock already; on PostgreSQL this stops other writers, while readers go on.
        """
        connection = self._session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))

    def live(self, now: datetime) -> Sequence[Row[Any]]:
        """Every key that has not expired, oldest first."""
        return self._session.connection().execute(_LIVE, {"now": now}).all()

    def states(self) -> set[tuple[str, str]]:
        """The (algorithm, state) pairs that exist."""
        rows = self._session.connection().execute(select(_T.c.alg, _T.c.state).distinct())
        return {(row.alg, row.state) for row in rows}

    def add(self, **values: Any) -> None:
        """Insert a key."""
        self._session.connection().execute(_INSERT, values)

    def retire(self, alg: str, now: datetime, until: datetime) -> str | None:
        """Retire the active key of `alg`, published until `until`; gives its kid, None when there was none."""
        return (
            self._session.connection()
            .execute(
                update(_T)
                .where(_T.c.alg == alg, _T.c.state == "active")
                .values(state="retired", retired_at=now, expires_at=until)
                .returning(_T.c.kid)
            )
            .scalar()
        )

    def promote(self, alg: str, now: datetime) -> str | None:
        """Make the next key of `alg` the active one; gives its kid, None when there was none."""
        return (
            self._session.connection()
            .execute(update(_T).where(_T.c.alg == alg, _T.c.state == "next").values(state="active", activated_at=now).returning(_T.c.kid))
            .scalar()
        )

    def drop_expired(self, now: datetime) -> int:
        """Delete retired keys whose time is over; gives how many."""
        return self._session.connection().execute(delete(_T).where(_T.c.state == "retired", _T.c.expires_at <= now)).rowcount

    def reseal(self, kid: str, sealed: bytes) -> None:
        """Replace the sealed private part of a key."""
        self._session.connection().execute(update(_T).where(_T.c.kid == kid).values(private_sealed=sealed))


class AuditKeyStore:
    """Reads and changes the keys of the audit record; none is ever deleted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> Sequence[Row[Any]]:
        """Every key, oldest first."""
        return self._session.connection().execute(select(_A).order_by(_A.c.created_at, _A.c.kid)).all()

    def active(self) -> Row[Any] | None:
        """The key that signs, if there is one."""
        return self._session.connection().execute(select(_A).where(_A.c.active.is_(True))).first()

    def succeed(self, before: str | None, now: datetime, **values: Any) -> None:
        """Retire the key `before`, and insert the one that signs from now on."""
        connection = self._session.connection()
        if before is not None:
            connection.execute(update(_A).where(_A.c.kid == before, _A.c.active.is_(True)).values(active=None, retired_at=now))
        connection.execute(insert(_A), {**values, "active": True})

    def reseal(self, kid: str, sealed: bytes) -> None:
        """Replace the sealed private part of a key."""
        self._session.connection().execute(update(_A).where(_A.c.kid == kid).values(private_sealed=sealed))
