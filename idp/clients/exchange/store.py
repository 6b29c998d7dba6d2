"""Every statement about exchange pairs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from idp.clients.models import ExchangePair
from idp.db.upsert import insert_into

_pairs: Any = ExchangePair.__table__


class ExchangeStore:
    """Pairs of clients."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, from_client: str, to_client: str, scopes: str, now: datetime) -> None:
        """Write or replace a pair."""
        statement = insert_into(self._session, _pairs).values(from_client=from_client, to_client=to_client, scopes=scopes, created_at=now)
        replacing = statement.on_conflict_do_update(index_elements=["from_client", "to_client"], set_={"scopes": scopes})
        self._session.connection().execute(replacing)

    def remove(self, from_client: str, to_client: str) -> bool:
        """Delete a pair; False when there is none."""
        found = delete(_pairs).where(_pairs.c.from_client == from_client, _pairs.c.to_client == to_client)
        return self._session.connection().execute(found.returning(_pairs.c.to_client)).first() is not None

    def of(self, from_client: str) -> Sequence[Row[Any]]:
        """(to_client, scopes) of every pair of a client."""
        asked = select(_pairs.c.to_client, _pairs.c.scopes).where(_pairs.c.from_client == from_client).order_by(_pairs.c.to_client)
        return self._session.connection().execute(asked).all()
