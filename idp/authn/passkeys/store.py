"""Credentials, handles and challenges: every statement about them. One-time things are claimed by one conditional statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from idp.authn.models import Passkey, PasskeyChallenge, PasskeyHandle
from idp.db.upsert import insert_once
from idp.directory.models import Person


class PasskeyStore:
    """Passkeys over one session; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_person(self, person_id: str) -> list[Passkey]:
        """A person's passkeys, oldest first."""
        return list(self._session.scalars(
            select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id).execution_options(populate_existing=True)
        ))  # fmt: skip

    def has(self, person_id: str) -> bool:
        """True when the person has at least one."""
        return bool(self._session.scalar(select(exists().where(Passkey.person_id == person_id))))

    def by_credential(self, credential_id: bytes) -> Passkey | None:
        """The passkey of a credential id, whoever's it is."""
        return self._session.scalar(
            select(Passkey).where(Passkey.credential_id == credential_id).execution_options(populate_existing=True)
        )

    def add(self, row: Passkey) -> bool:
        """Insert a credential; False when its id is known already, also when that happens at this moment elsewhere."""
        values = {column.name: getattr(row, column.name) for column in Passkey.__table__.columns}
        return insert_once(self._session, Passkey, values)

    def used(self, passkey_id: str, sign_count: int, now: datetime, *, backed_up: bool) -> bool:
        """Note a use; False when the counter did not move on, so that of two equal answers one counts (WebAuthn 7.2, step 22)."""
        found = self._session.scalar(
            update(Passkey)
            .where(Passkey.id == passkey_id, Passkey.sign_count < sign_count if sign_count else Passkey.sign_count == 0)
            .values(sign_count=sign_count, backed_up=backed_up, last_used_at=now)
            .returning(Passkey.id)
        )
        return found is not None

    def rename(self, person_id: str, passkey_id: str, name: str) -> bool:
        """Give a person's passkey another name; False when it is not theirs."""
        found = self._session.scalar(
            update(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id).values(name=name).returning(Passkey.id)
        )
        return found is not None

    def remove(self, person_id: str, passkey_id: str | None = None) -> int:
        """Delete one passkey of a person, or all; gives how many."""
        statement = delete(Passkey).where(Passkey.person_id == person_id)
        if passkey_id is not None:
            statement = statement.where(Passkey.id == passkey_id)
        return len(self._session.execute(statement.returning(Passkey.id)).all())

    def owner(self, person_id: str) -> Person | None:
        """The person of a passkey."""
        return self._session.get(Person, person_id)

    def handle(self, person_id: str) -> bytes | None:
        """What authenticators know a person by."""
        return self._session.scalar(select(PasskeyHandle.handle).where(PasskeyHandle.person_id == person_id))

    def add_handle(self, person_id: str, handle: bytes, now: datetime) -> None:
        """Give a person a handle, unless they have one."""
        insert_once(self._session, PasskeyHandle, {"person_id": person_id, "handle": handle, "created_at": now})

    def open_challenges(self, source: bytes, now: datetime, most: int) -> int:
        """How many challenges of a source may still be answered, counted up to `most`."""
        some = (
            select(PasskeyChallenge.digest)
            .where(PasskeyChallenge.source == source, PasskeyChallenge.expires_at > now, PasskeyChallenge.used_at.is_(None))
            .limit(most)
            .subquery()
        )
        return int(self._session.scalar(select(func.count()).select_from(some)) or 0)

    def add_challenge(self, **values: Any) -> None:
        """Insert a challenge."""
        self._session.execute(insert(PasskeyChallenge).values(**values))

    def claim_challenge(self, challenge_digest: bytes, purpose: str, bound_to: bytes, now: datetime) -> bool:
        """Use a challenge up, once, in the place and for the purpose it was made for."""
        found = self._session.scalar(
            update(PasskeyChallenge)
            .where(
                PasskeyChallenge.digest == challenge_digest,
                PasskeyChallenge.purpose == purpose,
                PasskeyChallenge.bound_to == bound_to,
                PasskeyChallenge.used_at.is_(None),
                PasskeyChallenge.expires_at > now,
            )
            .values(used_at=now)
            .returning(PasskeyChallenge.digest)
        )
        return found is not None

    def prune(self, before: datetime, limit: int) -> int:
        """Delete challenges that expired before a moment, at most `limit`; gives how many."""
        old = select(PasskeyChallenge.digest).where(PasskeyChallenge.expires_at < before).limit(limit)
        gone = delete(PasskeyChallenge).where(PasskeyChallenge.digest.in_(old)).returning(PasskeyChallenge.digest)
        return len(self._session.execute(gone).all())
