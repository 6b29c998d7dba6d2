"""Passwords, authenticators, recovery codes, one-time links: every statement about them.

One-time things are claimed by one conditional statement, never checked and then used.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from idp.authn.accounts.store import AccountStore
from idp.authn.browsers.store import SessionStore, SignInStore
from idp.authn.counting.store import ThrottleStore
from idp.authn.helping.store import AgencyCodeStore, RememberedStore
from idp.authn.models import BrowserSession, OneTimeLink, Passkey, PasswordHash, RecoveryCode, TotpSecret
from idp.authn.passkeys.store import PasskeyStore
from idp.db.lane import Prepared
from idp.directory.models import Government, Person, PersonIdentifier

_password, _person = PasswordHash.__table__, Person.__table__
_STANDING = (
    select(_password.c.hash, _password.c.must_change, _password.c.changed_at, _person.c.status)
    .select_from(_password.join(_person, _person.c.id == _password.c.person_id))
    .where(_password.c.person_id == bindparam("person_id"))
)
_LINK_COLUMNS = ("id", "kind", "digest", "person_id", "created_at", "expires_at", "session_id")
_ADD_LINK = Prepared(insert(OneTimeLink.__table__).inline(), columns=_LINK_COLUMNS)  # type: ignore[arg-type]


class AuthnStore:
    """The room's statements over one session; its parts (`accounts`, `sessions` …) hold their own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.accounts = AccountStore(session)
        self.sessions = SessionStore(session)
        self.sign_ins = SignInStore(session)
        self.counters = ThrottleStore(session)
        self.agency_codes = AgencyCodeStore(session)
        self.remembered = RememberedStore(session)
        self.passkeys = PasskeyStore(session)

    @property
    def session(self) -> Session:
        """The unit's session, for `db.session.checkpoint` only."""
        return self._session

    def password(self, person_id: str) -> PasswordHash | None:
        """A person's password hash, read anew."""
        return self._session.get(PasswordHash, person_id, populate_existing=True)

    def standing(self, person_id: str) -> Row[*tuple[Any, ...]] | None:
        """(hash, must_change, changed_at, status) as they stand now, whatever this session has loaded."""
        return self._session.connection().execute(_STANDING, {"person_id": person_id}).one_or_none()

    def refreshed(self, person_id: str) -> Person | None:
        """A person, read anew."""
        return self._session.get(Person, person_id, populate_existing=True)

    def put_password(self, person_id: str, encoded: str, now: datetime, *, must_change: bool) -> None:
        """Insert or replace a password hash."""
        values = {"hash": encoded, "changed_at": now, "must_change": must_change}
        found = self._session.scalar(
            update(PasswordHash).where(PasswordHash.person_id == person_id).values(**values).returning(PasswordHash.person_id)
        )
        if found is None:
            self._session.execute(insert(PasswordHash).values(person_id=person_id, **values))

    def rehash(self, person_id: str, old: str, new: str) -> bool:
        """Replace a hash by a stronger one of the same password; False when it was changed meanwhile."""
        found = self._session.scalar(
            update(PasswordHash)
            .where(PasswordHash.person_id == person_id, PasswordHash.hash == old)
            .values(hash=new)
            .returning(PasswordHash.person_id)
        )
        return found is not None

    def one_at_a_time(self, person_id: str) -> None:
        """Let no other unit change this person's factors until this one is done: what it counts stays true."""
        self._session.execute(select(Person.id).where(Person.id == person_id).with_for_update())

    def has_factor(self, person_id: str) -> bool:
        """True when the person has a confirmed second factor: an authenticator app or a passkey."""
        app = exists().where(TotpSecret.person_id == person_id, TotpSecret.confirmed_at.is_not(None))
        return bool(self._session.scalar(select(or_(app, exists().where(Passkey.person_id == person_id)))))

    def totp(self, person_id: str) -> list[TotpSecret]:
        """A person's confirmed authenticators, oldest first."""
        return list(self._session.scalars(
            select(TotpSecret)
            .where(TotpSecret.person_id == person_id, TotpSecret.confirmed_at.is_not(None))
            .order_by(TotpSecret.id)
            .execution_options(populate_existing=True)
        ))  # fmt: skip

    def add(self, row: TotpSecret | RecoveryCode | OneTimeLink) -> None:
        """Insert an authenticator, a code or a link."""
        self._session.add(row)
        self._session.flush()

    def promise_link(self, row: OneTimeLink) -> None:
        """Insert a link with the commit: nobody asks for it before its letter is read."""
        _ADD_LINK.later(self._session, **{name: getattr(row, name) for name in _LINK_COLUMNS})

    def claim_step(self, secret_id: str, step: int, now: datetime) -> bool:
        """Use a time step of an authenticator: False when it or a later one was used (RFC 6238 section 5.2)."""
        found = self._session.scalar(
            update(TotpSecret)
            .where(TotpSecret.id == secret_id, or_(TotpSecret.last_step.is_(None), TotpSecret.last_step < step))
            .values(last_step=step, last_used_at=now)
            .returning(TotpSecret.id)
        )
        return found is not None

    def remove_totp(self, person_id: str, secret_id: str | None = None) -> int:
        """Delete one authenticator of a person, or all; gives how many."""
        statement = delete(TotpSecret).where(TotpSecret.person_id == person_id)
        if secret_id is not None:
            statement = statement.where(TotpSecret.id == secret_id)
        return len(self._session.execute(statement.returning(TotpSecret.id)).all())

    def replace_recovery_codes(self, person_id: str, codes: Sequence[dict[str, Any]]) -> None:
        """Drop the old set, insert the new one (may be empty)."""
        self._session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
        if codes:
            self._session.execute(insert(RecoveryCode), list(codes))

    def claim_recovery_code(self, person_id: str, code_digest: bytes, now: datetime) -> bool:
        """Use a recovery code once."""
        found = self._session.scalar(
            update(RecoveryCode)
            .where(RecoveryCode.person_id == person_id, RecoveryCode.digest == code_digest, RecoveryCode.used_at.is_(None))
            .values(used_at=now)
            .returning(RecoveryCode.id)
        )
        return found is not None

    def recovery_codes_left(self, person_id: str) -> int:
        """How many unused codes a person has."""
        statement = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
        return int(self._session.scalar(statement) or 0)

    def supersede_links(self, person_id: str, now: datetime, kinds: Sequence[str]) -> None:
        """Older links end when a newer is made, and all of them when the password changes."""
        self._session.execute(
            update(OneTimeLink)
            .where(OneTimeLink.person_id == person_id, OneTimeLink.kind.in_(kinds), OneTimeLink.used_at.is_(None))
            .values(used_at=now)
        )

    def open_link(self, kind: str, token_digest: bytes, now: datetime) -> OneTimeLink | None:
        """A link that would still work; opening spends nothing."""
        return self._session.scalar(
            select(OneTimeLink).where(
                OneTimeLink.digest == token_digest,
                OneTimeLink.kind == kind,
                OneTimeLink.person_id.is_not(None),
                OneTimeLink.used_at.is_(None),
                OneTimeLink.expires_at > now,
            )
        )

    def claim_link(self, kind: str, token_digest: bytes, now: datetime) -> str | None:
        """Use a link once; gives its person's id."""
        return self._session.scalar(
            update(OneTimeLink)
            .where(
                OneTimeLink.digest == token_digest,
                OneTimeLink.kind == kind,
                OneTimeLink.person_id.is_not(None),
                OneTimeLink.used_at.is_(None),
                OneTimeLink.expires_at > now,
            )
            .values(used_at=now)
            .returning(OneTimeLink.person_id)
        )

    def drop_password(self, person_id: str) -> bool:
        """Forget a password: nothing typed opens the account until a link sets a new one; False when there was none."""
        statement = delete(PasswordHash).where(PasswordHash.person_id == person_id).returning(PasswordHash.person_id)
        return self._session.scalar(statement) is not None

    def session_of(self, session_id: str, person_id: str) -> BrowserSession | None:
        """A session of this person, ended or not."""
        return self._session.scalar(select(BrowserSession).where(BrowserSession.id == session_id, BrowserSession.person_id == person_id))

    def prune_links(self, before: datetime, limit: int) -> int:
        """Delete links that expired before a moment, at most `limit`; gives how many."""
        old = select(OneTimeLink.id).where(OneTimeLink.expires_at < before).limit(limit)
        return len(self._session.execute(delete(OneTimeLink).where(OneTimeLink.id.in_(old)).returning(OneTimeLink.id)).all())

    def words_about(self, person: Person) -> tuple[list[str], list[str]]:
        """(current numbers, names of government and units) of a person, for the password rules."""
        numbers = self._session.scalars(
            select(PersonIdentifier.value).where(PersonIdentifier.person_id == person.id, PersonIdentifier.value.is_not(None))
        )
        names: list[str] = []
        if person.government_code is not None:
            names += self._session.scalars(select(Government.name).where(Government.code == person.government_code))
        return [number for number in numbers if number], names
