"""Every statement about initial access tokens and self-registered clients."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.orm import Session

from idp.clients.models import ClientRegistration, RegistrationToken

_T: Any = RegistrationToken.__table__
_R: Any = ClientRegistration.__table__


def _live(now: datetime) -> tuple[Any, ...]:
    return (_T.c.revoked_at.is_(None), or_(_T.c.expires_at.is_(None), _T.c.expires_at > now))


class RegistrationStore:
    """Tokens and registrations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_token(self, **values: Any) -> None:
        """Insert an initial access token."""
        self._run(insert(_T).values(**values))

    def token(self, digest: bytes) -> Row[Any] | None:
        """The initial access token of this digest, whatever its state."""
        found: Row[Any] | None = self._run(select(_T).where(_T.c.digest == digest)).first()
        return found

    def token_by_id(self, token_id: str) -> Row[Any] | None:
        """The initial access token named so."""
        found: Row[Any] | None = self._run(select(_T).where(_T.c.id == token_id)).first()
        return found

    def tokens(self) -> Sequence[Row[Any]]:
        """Every initial access token, newest first."""
        found: Sequence[Row[Any]] = self._run(select(_T).order_by(_T.c.id.desc())).all()
        return found

    def claim(self, token_id: str, now: datetime) -> bool:
        """Take one use of a token; False when none is left or its time is over. One statement decides between many at once."""
        free = update(_T).where(_T.c.id == token_id, _T.c.used < _T.c.uses, *_live(now)).values(used=_T.c.used + 1)
        return self._run(free.returning(_T.c.id)).first() is not None

    def revoke(self, token_id: str, now: datetime) -> bool:
        """Revoke a token; False when it is already."""
        done = update(_T).where(_T.c.id == token_id, _T.c.revoked_at.is_(None)).values(revoked_at=now)
        return self._run(done.returning(_T.c.id)).first() is not None

    def add(self, **values: Any) -> None:
        """Insert a registration."""
        self._run(insert(_R).values(**values))

    def get(self, client_id: str) -> Row[Any] | None:
        """The registration of a client that was not removed."""
        found: Row[Any] | None = self._run(select(_R).where(_R.c.client_id == client_id, _R.c.removed_at.is_(None))).first()
        return found

    def clients_of(self, token_id: str) -> list[str]:
        """The clients registered with a token that were not removed."""
        asked = select(_R.c.client_id).where(_R.c.registration_token_id == token_id, _R.c.removed_at.is_(None)).order_by(_R.c.client_id)
        return list(self._run(asked).scalars())

    def change(self, client_id: str, held: bytes, **values: Any) -> bool:
        """Change a registration whose present token still has the digest `held`; False when it was rotated or removed meanwhile."""
        same = (_R.c.client_id == client_id, _R.c.digest == held, _R.c.removed_at.is_(None))
        return self._run(update(_R).where(*same).values(**values).returning(_R.c.client_id)).first() is not None

    def _run(self, statement: Any) -> Any:
        return self._session.connection().execute(statement)
