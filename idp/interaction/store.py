"""Every statement of the interaction room."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from idp.clients.models import Client
from idp.db.lane import Prepared
from idp.db.upsert import insert_into
from idp.directory.models import Person
from idp.interaction.models import AuthorizationRequest, DataShared, PushedRequest

_person, _client, _shared = Person.__table__, Client.__table__, DataShared.__table__
_pushed: Any = PushedRequest.__table__

# One read for a decision with a live session: it is on the path of every sign-on (performance.md, 3).
_STANDING = Prepared(
    select(
        _client.c.version,
        _person.c.subject_seed,
        _person.c.activity,
        _shared.c.scopes,
        _shared.c.claims,
        _shared.c.granted_at,
        _shared.c.withdrawn_at,
    )
    .select_from(
        _person.join(_client, _client.c.client_id == bindparam("client_id")).outerjoin(
            _shared,
            and_(_shared.c.person_id == _person.c.id, _shared.c.client_id == bindparam("client_id")),
        )
    )
    .where(_person.c.id == bindparam("person_id"))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands with one client, as read at once."""

    client_version: int
    subject_seed: bytes
    activity: str
    scopes: str | None
    claims: str | None
    granted_at: datetime | None


class InteractionStore:
    """Authorization requests and data shared."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, request: AuthorizationRequest) -> None:
        """Insert a request row."""
        self._session.add(request)
        self._session.flush()

    def get(self, ref: str, now: datetime) -> AuthorizationRequest | None:
        """The open, unexpired request named `ref`, which comes from an address and may be anything."""
        if len(ref) != 26 or not ref.isalnum() or not ref.isascii():
            return None
        return self._session.scalar(
            select(AuthorizationRequest).where(
                AuthorizationRequest.ref == ref,
                AuthorizationRequest.closed_at.is_(None),
                AuthorizationRequest.expires_at > now,
            )
        )

    def kept(self, ref: str) -> AuthorizationRequest | None:
        """The request named `ref`, whatever became of it, while it is kept."""
        if len(ref) != 26 or not ref.isalnum() or not ref.isascii():
            return None
        return self._session.get(AuthorizationRequest, ref)

    def close(self, ref: str, now: datetime) -> bool:
        """Close a request once; False when it was closed already."""
        found = self._session.scalar(
            update(AuthorizationRequest)
            .where(AuthorizationRequest.ref == ref, AuthorizationRequest.closed_at.is_(None))
            .values(closed_at=now)
            .returning(AuthorizationRequest.ref)
        )
        return found is not None

    def selected(self, ref: str, now: datetime) -> None:
        """Remember that the person chose an account for this request."""
        self._session.execute(
            update(AuthorizationRequest).where(AuthorizationRequest.ref == ref).values(selected_at=now)
        )

    def agreed(self, ref: str, person_id: str) -> None:
        """Remember who agreed to what this request asks for."""
        self._session.execute(update(AuthorizationRequest).where(AuthorizationRequest.ref == ref).values(agreed_by=person_id))

    def standing(self, person_id: str, client_id: str) -> Standing | None:
        """What a decision needs to know of this person and this client, in one read."""
        row = _STANDING.first(self._session, person_id=person_id, client_id=client_id)
        if row is None:
            return None
        if row.withdrawn_at is not None:
            return Standing(row.version, row.subject_seed, row.activity, None, None, None)
        return Standing(row.version, row.subject_seed, row.activity, row.scopes, row.claims, row.granted_at)

    def share(self, person_id: str, client_id: str, scopes: str, claims: str, now: datetime) -> None:
        """Write or renew the record of what is shared."""
        values: dict[str, Any] = {"scopes": scopes, "claims": claims, "granted_at": now, "withdrawn_at": None}
        # One statement: a first visit in several tabs at once finds no row in any of them.
        statement = insert_into(self._session, DataShared).values(person_id=person_id, client_id=client_id, **values)
        self._session.connection().execute(statement.on_conflict_do_update(index_elements=["person_id", "client_id"], set_=values))

    def shared_by(self, person_id: str) -> list[DataShared]:
        """Everything this person shares or shared, newest first."""
        return list(
            self._session.scalars(
                select(DataShared).where(DataShared.person_id == person_id).order_by(DataShared.granted_at.desc())
            )
        )

    def withdraw(self, person_id: str, client_id: str, now: datetime) -> bool:
        """Mark as withdrawn; False when there was nothing to withdraw. `client_id` comes from a form and may be anything."""
        if "\0" in client_id:
            return False
        found = self._session.scalar(
            update(DataShared)
            .where(
                DataShared.person_id == person_id,
                DataShared.client_id == client_id,
                DataShared.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
            .returning(DataShared.client_id)
        )
        return found is not None

    def prune(self, before: datetime, limit: int) -> int:
        """Delete requests that expired by `before`, at most `limit`; gives how many."""
        old = select(AuthorizationRequest.ref).where(AuthorizationRequest.expires_at <= before).limit(limit)
        result = self._session.execute(delete(AuthorizationRequest).where(AuthorizationRequest.ref.in_(old)))
        return result.rowcount  # type: ignore[attr-defined,no-any-return]




class PushedStore:
    """Requests that clients pushed (RFC 9126)."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **values: Any) -> None:
        """Insert one."""
        self._session.connection().execute(insert(_pushed), values)

    def get(self, digest: bytes, now: datetime) -> Any:
        """The row with this digest that is neither expired nor answered, or None."""
        live = (_pushed.c.digest == digest, _pushed.c.used_at.is_(None), _pushed.c.expires_at > now)
        return self._session.connection().execute(select(_pushed).where(*live)).first()

    def spend(self, digest: bytes, now: datetime) -> bool:
        """Mark as answered, once (one conditional statement)."""
        statement = update(_pushed).where(_pushed.c.digest == digest, _pushed.c.used_at.is_(None))
        return self._session.connection().execute(statement.values(used_at=now).returning(_pushed.c.digest)).first() is not None

    def prune(self, before: datetime, limit: int) -> int:
        """Delete those that expired by `before`, at most `limit`; gives how many."""
        old = select(_pushed.c.digest).where(_pushed.c.expires_at <= before).limit(limit)
        return self._session.connection().execute(delete(_pushed).where(_pushed.c.digest.in_(old))).rowcount
