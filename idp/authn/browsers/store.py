"""Sessions, devices and half-way sign-ins: every statement about them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from idp.authn.models import BrowserSession, KnownDevice, SignIn
from idp.db.base import UtcDateTime
from idp.db.lane import Prepared
from idp.directory.models import Person

_session, _person, _device, _sign_in = BrowserSession.__table__, Person.__table__, KnownDevice.__table__, SignIn.__table__

# On the path of every page and every sign-on: one read, narrow columns (performance.md, 3).
_LIVE = Prepared(
    select(
        _session.c.id,
        _session.c.person_id,
        _session.c.auth_time,
        _session.c.amr,
        _session.c.acr,
        _session.c.created_at,
        _session.c.last_seen_at,
        _session.c.idle_seconds,
        _session.c.expires_at,
        _session.c.shared_computer,
        _person.c.status,
        _person.c.name,
        _person.c.username,
        _person.c.government_code,
        _person.c.employment_status,
        _person.c.locale,
    )
    .select_from(_session.join(_person, _person.c.id == _session.c.person_id))
    .where(
        _session.c.token_digest == bindparam("digest"),
        _session.c.ended_at.is_(None),
        _session.c.expires_at > bindparam("now", type_=UtcDateTime()),
        _person.c.status == "active",
    )
)
_TOUCH = Prepared(
    update(_session)  # type: ignore[arg-type]
    .where(
        _session.c.id == bindparam("session_id"),
        _session.c.ended_at.is_(None),
        _session.c.last_seen_at <= bindparam("before", type_=UtcDateTime()),
    )
    .values(last_seen_at=bindparam("now", type_=UtcDateTime()))
)


_START = Prepared(
    insert(_session),  # type: ignore[arg-type]
    columns=[column.name for column in _session.c if column.name not in ("ended_at", "end_reason")],
)
_REMEMBER = Prepared(insert(_device), columns=[column.name for column in _device.c])  # type: ignore[arg-type]
_USED = Prepared(
    update(_device)  # type: ignore[arg-type]
    .where(_device.c.digest == bindparam("of_digest"))
    .values(last_used_at=bindparam("now", type_=UtcDateTime()))
)
_ANSWERED = Prepared(
    update(_sign_in)  # type: ignore[arg-type]
    .where(_sign_in.c.id == bindparam("sign_in_id"))
    .values(answer=bindparam("sealed"), answered_at=bindparam("now", type_=UtcDateTime()))
)


class SessionStore:
    """Browser sessions and the devices they ran on."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def live(self, digest: bytes, now: datetime) -> Any:
        """The session of a token digest with its person: neither ended nor expired, person active. Idle time is the caller's."""
        return _LIVE.first(self._session, digest=digest, now=now)

    def past(self, digest: bytes) -> Any:
        """How the session of a token digest stands, ended and expired ones too while they are kept; off every hot path."""
        known = (_session.c.ended_at, _session.c.end_reason, _session.c.expires_at, _session.c.last_seen_at, _session.c.idle_seconds)
        return self._session.execute(select(*known).where(_session.c.token_digest == digest)).first()

    def touch(self, session_id: str, now: datetime) -> None:
        """Write "last seen", at most once a minute, and only in a unit that may write."""
        if not self._session.info.get("read_only"):
            _TOUCH.run(self._session, session_id=session_id, before=now - timedelta(seconds=60), now=now)

    def start(self, **values: Any) -> None:
        """Insert a session."""
        _START.later(self._session, **values)

    def remember_device(self, digest: bytes, person_id: str, now: datetime) -> None:
        """Insert a device."""
        _REMEMBER.later(self._session, digest=digest, person_id=person_id, created_at=now, last_used_at=now)

    def renew(self, session_id: str, person_id: str, now: datetime, **values: Any) -> str | None:
        """Give a live session of this person a new token and standing; None when it ended meanwhile."""
        return self._session.scalar(
            update(BrowserSession)
            .where(
                BrowserSession.id == session_id,
                BrowserSession.person_id == person_id,
                BrowserSession.ended_at.is_(None),
                BrowserSession.expires_at > now,
            )
            .values(last_seen_at=now, **values)
            .returning(BrowserSession.id)
        )

    def of_person(self, person_id: str, now: datetime) -> list[BrowserSession]:
        """A person's unended, unexpired sessions, newest first (idle ones too: the caller leaves them out)."""
        return list(
            self._session.scalars(
                select(BrowserSession)
                .where(BrowserSession.person_id == person_id, BrowserSession.ended_at.is_(None), BrowserSession.expires_at > now)
                .order_by(BrowserSession.last_seen_at.desc())
            )
        )

    def end(self, now: datetime, reason: str, *, session_id: str | None = None, person_id: str | None = None,
            except_id: str | None = None) -> list[tuple[str, str]]:  # fmt: skip
        """End one session, or all of a person but one; gives (session id, person id) of those it ended."""
        statement = update(BrowserSession).where(BrowserSession.ended_at.is_(None))
        if session_id is not None:
            statement = statement.where(BrowserSession.id == session_id)
        if person_id is not None:
            statement = statement.where(BrowserSession.person_id == person_id)
        if except_id is not None:
            statement = statement.where(BrowserSession.id != except_id)
        if session_id is None and person_id is None:
            raise ValueError("whose sessions?")
        rows = self._session.execute(
            statement.values(ended_at=now, end_reason=reason).returning(BrowserSession.id, BrowserSession.person_id)
        )
        return [(row[0], row[1]) for row in rows]

    def prune(self, before: datetime, limit: int) -> int:
        """Delete sessions that expired before a moment, at most `limit`; gives how many."""
        old = select(BrowserSession.id).where(BrowserSession.expires_at < before).limit(limit)
        gone = delete(BrowserSession).where(BrowserSession.id.in_(old)).returning(BrowserSession.id)
        return len(self._session.execute(gone).all())

    def known_device(self, digest: bytes, person_id: str) -> bool:
        """True when this person signed in fully with this device before."""
        return bool(self._session.scalar(
            select(exists().where(KnownDevice.digest == digest, KnownDevice.person_id == person_id))
        ))  # fmt: skip

    def device_used(self, digest: bytes, now: datetime) -> None:
        """Remember when a device was last used."""
        _USED.later(self._session, of_digest=digest, now=now)

    def devices_of(self, person_id: str) -> list[bytes]:
        """The digests of a person's known devices."""
        return list(self._session.scalars(select(KnownDevice.digest).where(KnownDevice.person_id == person_id)))

    def forget_devices(self, person_id: str, *, but: bytes | None = None) -> None:
        """Forget all devices of a person, but for the one of this digest."""
        statement = delete(KnownDevice).where(KnownDevice.person_id == person_id)
        self._session.execute(statement if but is None else statement.where(KnownDevice.digest != but))


class SignInStore:
    """People half-way through proving who they are."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, sign_in: SignIn) -> None:
        """Insert a started sign-in: with the first look at it or the commit, for most are completed in the unit that began them."""
        self._session.add(sign_in)

    def find(self, digest: bytes, now: datetime, *, alone: bool = False) -> SignIn | None:
        """The open sign-in of a token digest, while its person is active. alone: one unit after the other gets it."""
        statement = (
            select(SignIn)
            .join(Person, Person.id == SignIn.person_id)
            .where(
                SignIn.token_digest == digest, SignIn.finished_at.is_(None), SignIn.expires_at > now, Person.status == "active"
            )
        )
        return self._session.scalar(statement.with_for_update(of=SignIn) if alone else statement)

    def answered(self, sign_in_id: str, sealed: bytes, now: datetime) -> None:
        """Keep what the last form of a sign-in was answered."""
        _ANSWERED.later(self._session, sign_in_id=sign_in_id, sealed=sealed, now=now)

    def last_answer(self, digest: bytes) -> Row[*tuple[Any, ...]] | None:
        """(person_id, request_ref, return_to, finished_at, answer, answered_at) of a token digest's sign-in, finished or not."""
        known = (SignIn.person_id, SignIn.request_ref, SignIn.return_to, SignIn.finished_at, SignIn.answer, SignIn.answered_at)
        return self._session.execute(select(*known).where(SignIn.token_digest == digest)).one_or_none()

    def enrolling(self, session_id: str, person_id: str, now: datetime) -> SignIn | None:
        """The set-up of an authenticator that a session has begun."""
        return self._session.scalar(
            select(SignIn)
            .where(
                SignIn.session_id == session_id, SignIn.person_id == person_id, SignIn.purpose == "enrol",
                SignIn.finished_at.is_(None), SignIn.expires_at > now, SignIn.pending_totp.is_not(None),
            )
            .order_by(SignIn.id.desc())
            .limit(1)
        )  # fmt: skip

    def finish_unwritten(self, sign_in: SignIn, now: datetime) -> bool:
        """Finish a sign-in that was begun in this unit and needs no row; False when it has one, or has expired."""
        if sign_in not in self._session.new or sign_in.expires_at <= now:
            return False
        self._session.expunge(sign_in)
        sign_in.finished_at = now
        return True

    def claim(self, sign_in_id: str, now: datetime) -> bool:
        """Finish a sign-in, once; False when it is finished or expired, or was found not to be complete."""
        found = self._session.scalar(
            update(SignIn)
            .where(SignIn.id == sign_in_id, SignIn.finished_at.is_(None), SignIn.expires_at > now)
            .values(finished_at=now, pending_totp=None)
            .returning(SignIn.id)
        )
        return found is not None

    def take_pending(self, sign_in_id: str) -> bool:
        """Take the authenticator that waits for its first code, once."""
        found = self._session.scalar(
            update(SignIn)
            .where(SignIn.id == sign_in_id, SignIn.finished_at.is_(None), SignIn.pending_totp.is_not(None))
            .values(pending_totp=None)
            .returning(SignIn.id)
        )
        return found is not None

    def abandon(self, person_id: str, now: datetime, *, except_id: str | None = None) -> None:
        """Finish all open sign-ins of a person: what they proved no longer stands."""
        statement = update(SignIn).where(SignIn.person_id == person_id, SignIn.finished_at.is_(None))
        if except_id is not None:
            statement = statement.where(SignIn.id != except_id)
        self._session.execute(statement.values(finished_at=now, pending_totp=None))

    def prune(self, before: datetime, limit: int) -> int:
        """Delete sign-ins that expired before a moment, at most `limit`; gives how many."""
        old = select(SignIn.id).where(SignIn.expires_at < before).limit(limit)
        return len(self._session.execute(delete(SignIn).where(SignIn.id.in_(old)).returning(SignIn.id)).all())

    def flush(self) -> None:
        """Send pending changes of a loaded sign-in."""
        self._session.flush()
