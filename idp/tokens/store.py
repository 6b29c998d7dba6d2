"""Every statement of the tokens room; the hot ones are built once (performance.md, 10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Integer,
    String,
    and_,
    bindparam,
    case,
    column,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    table,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session

from idp.db.base import UtcDateTime
from idp.db.lane import Prepared
from idp.db.session import checkpoint
from idp.db.upsert import insert_once
from idp.kernel.lazily import lazily
from idp.tokens.device_codes.store import DeviceStore
from idp.tokens.models import Grant, RevokedToken, UsedAssertion
from idp.tokens.view import GrantView

_grants = Grant.__table__
_revoked = RevokedToken.__table__
_assertions = UsedAssertion.__table__

# Other rooms' tables by name only: what liveness needs of them, and no more.
_people = table(
    "people", column("id", String), column("status", String), column("activity", String), column("government_code", String),
    column("employment_status", String),
)  # fmt: skip
_roles = table("role_grants", column("person_id", String), column("revoked_at", UtcDateTime()))
_clients = table("clients", column("client_id", String), column("status", String), column("version", Integer))
_sessions = table("browser_sessions", column("id", String), column("ended_at", UtcDateTime()), column("expires_at", UtcDateTime()))

_OWN = tuple(c for c in _grants.c if c.name not in ("revoke_reason",))
_NOW = bindparam("now", type_=UtcDateTime())

_session_is_open = and_(_sessions.c.id.is_not(None), _sessions.c.ended_at.is_(None), _sessions.c.expires_at > _NOW)
# Written out: SQLAlchemy leaves the table names away inside RETURNING on SQLite, where `client_id = client_id` is always true.
_has_roles = exists(select(1).select_from(_roles).where(text("role_grants.person_id = grants.person_id"), _roles.c.revoked_at.is_(None)))
_LIVE = select(
    *_OWN,
    _people.c.status.label("person_status"),
    _people.c.activity.label("person_activity"),
    _people.c.government_code.label("person_government"),
    _people.c.employment_status.label("person_employment"),
    _has_roles.label("person_has_roles"),
    case((_session_is_open, true()), else_=false()).label("session_open"),
    _clients.c.status.label("client_status"),
    _clients.c.version.label("client_version"),
).select_from(
    _grants.outerjoin(_people, _people.c.id == _grants.c.person_id)
    .outerjoin(_clients, _clients.c.client_id == _grants.c.client_id)
    .outerjoin(_sessions, _sessions.c.id == _grants.c.session_id)
)
_LIVE_BY_ID = Prepared(_LIVE.where(_grants.c.id == bindparam("grant_id")))
_LIVE_BY_CODE = Prepared(_LIVE.where(_grants.c.code_digest == bindparam("digest")))

# What a grant does not have yet when its code is issued.
_LATER = frozenset({"code_used_at", "generation", "refreshed_at", "revoked_at", "revoke_reason"})
_ADD = Prepared(insert(_grants), columns=[c.name for c in _grants.c if c.name not in _LATER])  # type: ignore[arg-type]

_person_may = exists().where(_people.c.id == _grants.c.person_id, _people.c.status == "active")
_session_may = or_(_grants.c.offline, exists().where(_sessions.c.id == _grants.c.session_id, _session_is_open))


def _of_person(name: str) -> Any:
    return select(_people.c[name]).where(text("people.id = grants.person_id")).scalar_subquery()


def _of_client(name: str) -> Any:
    return select(_clients.c[name]).where(text("clients.client_id = grants.client_id")).scalar_subquery()


# All proofs stand in the WHERE clause, so of many parallel redemptions one finds the row unused (attack C7).
_CLAIM = Prepared(
    update(_grants)  # type: ignore[arg-type]
    .where(
        _grants.c.code_digest == bindparam("digest"),
        _grants.c.client_id == bindparam("by_client"),
        _grants.c.redirect_uri == bindparam("at_uri"),
        _grants.c.code_challenge.is_not_distinct_from(bindparam("challenge", type_=String())),
        or_(_grants.c.bound_to.is_(None), _grants.c.bound_to == bindparam("proved", type_=String())),
        _grants.c.code_used_at.is_(None),
        _grants.c.revoked_at.is_(None),
        _grants.c.code_expires_at > _NOW,
        _person_may,
        _session_may,
    )
    .values(
        code_used_at=_NOW,
        generation=bindparam("first_generation", type_=Integer()),
        bound_to=func.coalesce(_grants.c.bound_to, bindparam("proved", type_=String())),
    )
    .returning(
        *_OWN,
        _of_person("status").label("person_status"),
        _of_person("activity").label("person_activity"),
        _of_person("government_code").label("person_government"),
        _of_person("employment_status").label("person_employment"),
        _has_roles.label("person_has_roles"),
        true().label("session_open"),
        _of_client("status").label("client_status"),
        _of_client("version").label("client_version"),
    )
)

_ADVANCE = Prepared(
    update(_grants)  # type: ignore[arg-type]
    .where(
        _grants.c.id == bindparam("grant_id"),
        _grants.c.generation == bindparam("presented"),
        _grants.c.revoked_at.is_(None),
        _person_may,
        _session_may,
    )
    .values(generation=_grants.c.generation + 1, refreshed_at=_NOW, retries=0)
    .returning(_grants.c.generation)
)
_RETRY = (
    update(_grants)  # type: ignore[arg-type]
    .where(_grants.c.id == bindparam("grant_id"), _grants.c.generation == bindparam("current"), _grants.c.revoked_at.is_(None))
    .values(retries=_grants.c.retries + 1)
    .returning(_grants.c.retries)
)
_TOUCH = Prepared(
    update(_grants).where(_grants.c.id == bindparam("grant_id")).values(refreshed_at=_NOW)  # type: ignore[arg-type]
)
_TOLD = (
    select(_grants.c.client_id, _grants.c.person_id, _grants.c.subject)
    .where(_grants.c.session_id == bindparam("of_session"), _grants.c.code_used_at.is_not(None))
    .distinct()
    .order_by(_grants.c.client_id)
)
_RECENT = Prepared(
    select(_grants.c.client_id, func.max(_grants.c.created_at).label("at"))
    .where(_grants.c.person_id == bindparam("person_id"), _grants.c.code_used_at.is_not(None))
    .group_by(_grants.c.client_id)
    .order_by(func.max(_grants.c.created_at).desc(), _grants.c.client_id)
    .limit(bindparam("most", type_=Integer()))
)
_REVOKED = Prepared(select(_revoked.c.jti).where(_revoked.c.jti == bindparam("jti")))


def _view(row: Any) -> GrantView:
    return GrantView(**row._asdict())


class TokenStore:
    """Grants and the two memories."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def checkpoint(self) -> None:
        """Commit what was claimed and recorded, and let go of the connection before slow work."""
        checkpoint(self._session)

    def rollback(self) -> None:
        """Take back everything of this unit so far (a claim made with a client's old registration)."""
        self._session.rollback()

    def add(self, values: dict[str, Any]) -> None:
        """Insert one grant."""
        _ADD.run(self._session, **values)

    def add_used(self, values: dict[str, Any], *, generation: int | None) -> None:
        """Insert one grant whose code counts as used already."""
        used = insert(_grants).values(**values, code_used_at=values["created_at"], generation=generation)  # type: ignore[arg-type]
        self._session.connection().execute(used)

    @lazily
    def devices(self) -> DeviceStore:
        """Devices that wait for a person."""
        return DeviceStore(self._session)

    def by_id(self, grant_id: str, now: datetime) -> GrantView | None:
        """The grant with its live state, in one read."""
        row = _LIVE_BY_ID.first(self._session, grant_id=grant_id, now=now)
        return None if row is None else _view(row)

    def by_code(self, digest: bytes, now: datetime) -> GrantView | None:
        """The grant whose code has this digest, with its live state."""
        row = _LIVE_BY_CODE.first(self._session, digest=digest, now=now)
        return None if row is None else _view(row)

    def claim(
        self, digest: bytes, *, client_id: str, redirect_uri: str, challenge: str | None, proved: str | None, generation: int | None,
        now: datetime,
    ) -> GrantView | None:  # fmt: skip
        """Spend a code once, all proofs given; None when any does not hold (RFC 6749 section 4.1.3).

        proved: the key that the client proved to hold; a code without a key of its own is bound to it from here on.
        """
        row = _CLAIM.first(
            self._session,
            digest=digest,
            by_client=client_id,
            at_uri=redirect_uri,
            challenge=challenge,
            proved=proved,
            first_generation=generation,
            now=now,
        )
        return None if row is None else _view(row)

    def advance(self, grant_id: str, presented: int, now: datetime) -> bool:
        """Move the family from the presented generation to the next, once; False when another was faster or it is over."""
        return _ADVANCE.first(self._session, grant_id=grant_id, presented=presented, now=now) is not None

    def count_retry(self, grant_id: str, current: int) -> int | None:
        """Count one more presentation of the token before `current`; gives how many, None when it moved on."""
        return self._session.connection().execute(_RETRY, {"grant_id": grant_id, "current": current}).scalar_one_or_none()

    def touch(self, grant_id: str, now: datetime) -> None:
        """Remember when a kept refresh token was last used."""
        _TOUCH.run(self._session, grant_id=grant_id, now=now)

    def revoke(
        self,
        reason: str,
        now: datetime,
        *,
        grant_id: str | None = None,
        session_id: str | None = None,
        person_id: str | None = None,
        client_id: str | None = None,
        keep_session: str | None = None,
        offline_too: bool = True,
    ) -> list[tuple[str, str, str]]:
        """Revoke the grants that match every condition given; gives (grant id, client id, subject) of each, once."""
        statement = update(_grants).where(_grants.c.revoked_at.is_(None))  # type: ignore[arg-type]
        for name, value in (
            ("id", grant_id),
            ("session_id", session_id),
            ("person_id", person_id),
            ("client_id", client_id),
        ):
            if value is not None:
                statement = statement.where(_grants.c[name] == value)
        if keep_session is not None:
            statement = statement.where(_grants.c.session_id.is_distinct_from(keep_session))
        if not offline_too:
            statement = statement.where(_grants.c.offline.is_(False))
        statement = statement.values(revoked_at=now, revoke_reason=reason)
        rows = self._session.connection().execute(statement.returning(_grants.c.id, _grants.c.client_id, _grants.c.subject))
        return [(row.id, row.client_id, row.subject) for row in rows]

    def told_by(self, session_id: str) -> list[tuple[str, str, str]]:
        """(client id, person id, subject) of every application that was signed in to with this session."""
        rows = self._session.connection().execute(_TOLD, {"of_session": session_id})
        return [(row.client_id, row.person_id, row.subject) for row in rows]

    def clients_of(self, session_ids: Sequence[str]) -> list[tuple[str, str]]:
        """(session id, client id) of every application that was signed in to with one of these sessions."""
        statement = (
            select(_grants.c.session_id, _grants.c.client_id)
            .where(_grants.c.session_id.in_(session_ids), _grants.c.code_used_at.is_not(None))
            .distinct()
            .order_by(_grants.c.client_id)
        )
        return [(row[0], row[1]) for row in self._session.connection().execute(statement)]

    def redeemed(self, person_id: str) -> list[Any]:
        """Grants of a person whose code was redeemed, as far back as they are kept."""
        kept = _grants.c
        columns = (kept.client_id, kept.scope, kept.claims, kept.authorization_details, kept.code_used_at, kept.refreshed_at)
        statement = select(*columns).where(kept.person_id == person_id, kept.code_used_at.is_not(None))
        return list(self._session.connection().execute(statement))

    def of_person(self, person_id: str, now: datetime) -> list[tuple[str, datetime]]:
        """(client id, last use) of the applications that hold live grants of a person, newest first."""
        statement = (
            select(_grants.c.client_id, _grants.c.created_at, _grants.c.refreshed_at)
            .where(_grants.c.person_id == person_id, _grants.c.revoked_at.is_(None), _grants.c.expires_at > now)
            .order_by(_grants.c.id.desc())
        )
        newest: dict[str, datetime] = {}
        for row in self._session.connection().execute(statement):
            used = row.refreshed_at or row.created_at
            newest[row.client_id] = max(used, newest.get(row.client_id, used))
        return sorted(newest.items(), key=lambda item: item[1], reverse=True)

    def recent(self, person_id: str, limit: int) -> list[str]:
        """The client ids a person signed in to last, the latest first, as far as their grants are still kept."""
        return [row.client_id for row in _RECENT.all(self._session, person_id=person_id, most=limit)]

    def revoke_jti(self, jti: str, expires_at: datetime) -> bool:
        """Remember a revoked token identifier; False when it was remembered already."""
        return insert_once(self._session, _revoked, {"jti": jti, "expires_at": expires_at})

    def is_revoked(self, jti: str) -> bool:
        """True when the identifier was revoked."""
        return _REVOKED.first(self._session, jti=jti) is not None

    def use_assertion(self, digest: bytes, expires_at: datetime) -> bool:
        """Accept an assertion once; False for a replay, on whichever worker."""
        return insert_once(self._session, _assertions, {"digest": digest, "expires_at": expires_at})

    def prune(self, now: datetime, *, limit: int) -> int:
        """Delete at most `limit` rows of each table whose time is over; gives how many."""
        gone = self.devices.prune(now, limit)
        for target, key, ends in (
            (_grants, _grants.c.id, _grants.c.expires_at),
            (_revoked, _revoked.c.jti, _revoked.c.expires_at),
            (_assertions, _assertions.c.digest, _assertions.c.expires_at),
        ):
            old = select(key).where(ends < now).order_by(key).limit(limit)
            gone += self._session.connection().execute(delete(target).where(key.in_(old))).rowcount  # type: ignore[arg-type]
        return gone
