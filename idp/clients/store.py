"""Every statement of the clients room."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Executable, Row, bindparam, column, delete, exists, insert, or_, select, table, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clients.models import Client, ClientAccess, ClientRedirectUri, ClientSecret
from idp.db.lane import Prepared
from idp.db.session import checkpoint

_C: Any = Client.__table__
_U: Any = ClientRedirectUri.__table__
_S: Any = ClientSecret.__table__
_A: Any = ClientAccess.__table__

_ONE = select(_C).where(_C.c.client_id == bindparam("client_id"))
_VERSION = Prepared(select(_C.c.version).where(_C.c.client_id == bindparam("client_id")))
_URIS = select(_U.c.client_id, _U.c.kind, _U.c.uri, _U.c.origin).order_by(_U.c.position, _U.c.id)
_URIS_OF = _URIS.where(_U.c.client_id == bindparam("client_id"))
_SECRETS = (
    select(_S.c.client_id, _S.c.digest, _S.c.expires_at, _S.c.prefix)
    .where(_S.c.revoked_at.is_(None), or_(_S.c.expires_at.is_(None), _S.c.expires_at > bindparam("now")))
    .order_by(_S.c.expires_at.is_(None), _S.c.created_at, _S.c.id)
)
_SECRETS_OF = _SECRETS.where(_S.c.client_id == bindparam("client_id"))
_ORIGIN = (
    select(_U.c.origin)
    .join(_C, _C.c.client_id == _U.c.client_id)
    .where(_U.c.origin == bindparam("origin"), _U.c.kind == "redirect", _C.c.status == "active")
    .limit(1)
)


class ClientStore:
    """Reads and changes applications."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def session(self) -> Session:
        """The unit this works in, for the stores of this room's parts."""
        return self._session

    def checkpoint(self) -> None:
        """Commit what was recorded so far, and let go of the connection before slow work."""
        checkpoint(self._session)

    def version(self, client_id: str) -> int | None:
        """The version of a client as it is now, None when there is no such client."""
        row = _VERSION.first(self._session, client_id=client_id)
        return None if row is None else int(row.version)

    def row(self, client_id: str) -> Row[Any] | None:
        """The columns of one client."""
        return self._run(_ONE, client_id=client_id).first()

    def rows(self) -> Sequence[Row[Any]]:
        """The columns of every client, by id."""
        return self._run(select(_C).order_by(_C.c.client_id)).all()

    def uris(self, client_id: str | None = None) -> Sequence[Row[Any]]:
        """Registered addresses of one client, or of all."""
        return (self._run(_URIS) if client_id is None else self._run(_URIS_OF, client_id=client_id)).all()

    def secrets(self, now: datetime, client_id: str | None = None) -> Sequence[Row[Any]]:
        """Live secrets of one client, or of all, oldest first."""
        if client_id is None:
            return self._run(_SECRETS, now=now).all()
        return self._run(_SECRETS_OF, now=now, client_id=client_id).all()

    def has_origin(self, origin: str) -> bool:
        """True when an active client has a redirect URI of this origin."""
        return self._run(_ORIGIN, origin=origin).first() is not None

    def jwks_of_certificate_clients(self) -> list[dict[str, Any]]:
        """The JWK Sets registered with us, of active clients that show certificates (RFC 8705 sections 2.2 and 3)."""
        shows = or_(_C.c.auth_method == "self_signed_tls_client_auth", _C.c.certificate_bound.is_(True))
        found = self._session.connection().execute(select(_C.c.jwks).where(_C.c.status == "active", _C.c.jwks.is_not(None), shows))
        return list(found.scalars())

    def government_exists(self, code: str) -> bool:
        """True when there is a government of this code (the directory's table, read by name)."""
        governments = table("governments", column("code"))
        return self._run(select(governments.c.code).where(governments.c.code == code)).first() is not None

    def add(self, values: Mapping[str, Any], uris: Iterable[Mapping[str, Any]]) -> bool:
        """Insert a client with its addresses; False when the id is taken (also by a transaction at the same moment)."""
        try:
            with self._session.begin_nested():
                self._run(insert(_C), **values)
        except IntegrityError:
            if self.version(values["client_id"]) is None:
                raise
            return False
        rows = [dict(uri) for uri in uris]
        if rows:
            self._session.connection().execute(insert(_U), rows)
        return True

    def replace_uris(self, client_id: str, uris: Iterable[Mapping[str, Any]]) -> None:
        """Put these addresses in the place of all that a client has."""
        self._run(delete(_U).where(_U.c.client_id == client_id))
        rows = [dict(uri) for uri in uris]
        if rows:
            self._session.connection().execute(insert(_U), rows)

    def add_secret(self, **values: Any) -> None:
        """Insert a secret."""
        self._run(insert(_S), **values)

    def limit_secrets(self, client_id: str, now: datetime, until: datetime) -> None:
        """End the old secrets: of those without an end the newest lives until `until`, every other ends now."""
        newest_first = (_S.c.expires_at.is_not(None), _S.c.created_at.desc(), _S.c.id.desc())
        live = select(_S.c.id).where(_S.c.client_id == client_id, _S.c.revoked_at.is_(None)).order_by(*newest_first)
        ids = list(self._session.connection().execute(live).scalars())
        self._run(update(_S).where(_S.c.id.in_(ids[1:])).values(revoked_at=now))
        self._run(update(_S).where(_S.c.id.in_(ids[:1]), or_(_S.c.expires_at.is_(None), _S.c.expires_at > until)).values(expires_at=until))

    def change(self, client_id: str, now: datetime, **values: Any) -> int | None:
        """Change columns and raise the version; gives it, None when there is no such client."""
        return self._run(
            update(_C).where(_C.c.client_id == client_id).values(version=_C.c.version + 1, updated_at=now, **values).returning(_C.c.version)
        ).scalar()

    def assign(self, **values: Any) -> None:
        """Insert one assignment."""
        self._run(insert(_A), **values)

    def unassign(self, client_id: str, **subject: str) -> int:
        """Delete the assignments of one subject; gives how many."""
        matches = [_A.c[name] == value for name, value in subject.items()]
        return self._run(delete(_A).where(_A.c.client_id == client_id, *matches)).rowcount

    def assigned(self, person_id: str, government_code: str | None, unit_ids: Sequence[str], client_id: str | None = None) -> set[str]:
        """The client ids assigned to a person, their government or one of their units; only `client_id` when given."""
        subjects = [_A.c.person_id == person_id, _A.c.unit_id.in_(unit_ids)]
        if government_code is not None:  # `== None` would mean "names no government" and admit everybody
            subjects.append(_A.c.government_code == government_code)
        statement = select(_A.c.client_id).where(or_(*subjects)).distinct()
        if client_id is not None:
            statement = statement.where(_A.c.client_id == client_id)
        return set(self._session.connection().execute(statement).scalars())

    def is_assigned(self, client_id: str, **subject: str) -> bool:
        """True when exactly this assignment exists."""
        matches = [_A.c[name] == value for name, value in subject.items()]
        return bool(self._run(select(exists().where(_A.c.client_id == client_id, *matches))).scalar())

    def _run(self, statement: Executable, **values: Any) -> CursorResult[Any]:
        return self._session.connection().execute(statement, values)
