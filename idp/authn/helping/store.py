"""Single-use codes of agencies and remembered devices: every statement about them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from idp.authn.models import AgencyCode, RememberedDevice


class AgencyCodeStore:
    """Codes an agency handed out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, row: AgencyCode) -> None:
        """Insert a code; older ones of the person that still worked end."""
        self._session.execute(
            update(AgencyCode)
            .where(AgencyCode.person_id == row.person_id, AgencyCode.used_at.is_(None), AgencyCode.ended_at.is_(None))
            .values(ended_at=row.created_at)
        )
        self._session.add(row)
        self._session.flush()

    def claim(self, person_id: str, digest: bytes, now: datetime) -> str | None:
        """Use a code of this person once; gives its id."""
        return self._session.scalar(
            update(AgencyCode)
            .where(
                AgencyCode.person_id == person_id, AgencyCode.digest == digest, AgencyCode.used_at.is_(None),
                AgencyCode.ended_at.is_(None), AgencyCode.expires_at > now,
            )
            .values(used_at=now)
            .returning(AgencyCode.id)
        )  # fmt: skip

    def last_use(self, person_id: str, after: datetime) -> datetime | None:
        """When the person last came in by such a code, if later than a moment."""
        return self._session.scalar(
            select(AgencyCode.used_at)
            .where(AgencyCode.person_id == person_id, AgencyCode.used_at > after)
            .order_by(AgencyCode.used_at.desc())
            .limit(1)
        )


class RememberedStore:
    """Remembered devices."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: RememberedDevice) -> None:
        """Insert one."""
        self._session.add(row)
        self._session.flush()

    def find(self, device_id: str, person_id: str) -> RememberedDevice | None:
        """One of this person, ended or not, read anew."""
        return self._session.scalar(
            select(RememberedDevice)
            .where(RememberedDevice.id == device_id, RememberedDevice.person_id == person_id)
            .execution_options(populate_existing=True)
        )

    def rotate(self, device_id: str, old: bytes, new: bytes, now: datetime) -> bool:
        """Exchange the token of a live device, once: False when another use was faster, or it has ended."""
        found = self._session.scalar(
            update(RememberedDevice)
            .where(
                RememberedDevice.id == device_id, RememberedDevice.digest == old, RememberedDevice.ended_at.is_(None),
                RememberedDevice.expires_at > now,
            )
            .values(digest=new, rotated_at=now)
            .returning(RememberedDevice.id)
        )  # fmt: skip
        return found is not None

    def of_person(self, person_id: str, now: datetime) -> Sequence[RememberedDevice]:
        """The live ones of a person, most recently used first."""
        return list(self._session.scalars(
            select(RememberedDevice).where(*_live(person_id, now)).order_by(RememberedDevice.rotated_at.desc())
        ))  # fmt: skip

    def any(self, person_id: str, now: datetime) -> bool:
        """True when the person has a live one."""
        return bool(self._session.scalar(select(exists().where(*_live(person_id, now)))))

    def end(self, person_id: str, now: datetime, reason: str, *, device_id: str | None = None) -> int:
        """Forget one device of a person, or all; gives how many."""
        statement = update(RememberedDevice).where(*_live(person_id, now))
        if device_id is not None:
            statement = statement.where(RememberedDevice.id == device_id)
        ended = statement.values(ended_at=now, end_reason=reason).returning(RememberedDevice.id)
        return len(self._session.execute(ended).all())

    def prune(self, before: datetime, limit: int) -> int:
        """Delete those that expired before a moment, at most `limit`; gives how many."""
        old = select(RememberedDevice.id).where(RememberedDevice.expires_at < before).limit(limit)
        gone = delete(RememberedDevice).where(RememberedDevice.id.in_(old)).returning(RememberedDevice.id)
        return len(self._session.execute(gone).all())


def _live(person_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (RememberedDevice.person_id == person_id, RememberedDevice.ended_at.is_(None), RememberedDevice.expires_at > now)
