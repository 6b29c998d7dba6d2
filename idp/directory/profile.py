"""Everything a claim may need of a person, as one frozen value."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Post:
    """One assignment that is valid today, with the names a reader needs."""

    unit_id: str
    unit_name: str
    government_code: str
    position: str | None
    position_kind: str | None
    grade: str | None
    acting: str | None
    is_primary: bool
    valid_from: date


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role and where it is held."""

    role: str
    government_code: str | None
    unit_id: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as claims see them; posts and government_name are loaded for scope ``asn``, roles for ``roles``, nik for ``nik``."""

    person_id: str
    subject_seed: bytes = field(repr=False)
    username: str
    name: str
    given_name: str | None
    family_name: str | None
    title_before: str | None
    title_after: str | None
    nickname: str | None
    email: str | None
    email_verified_at: datetime | None
    phone: str | None
    phone_verified_at: datetime | None
    birthdate: date | None
    government_code: str | None
    employment_status: str
    activity: str
    status: str
    locale: str | None
    updated_at: datetime
    number_kind: str | None
    number: str | None = field(repr=False)
    government_name: str | None = None
    posts: tuple[Post, ...] = ()
    roles: tuple[HeldRole, ...] = ()
    nik: str | None = field(default=None, repr=False)

    @property
    def nip(self) -> str | None:
        """The current NIP or NI PPPK; an issued identifier is neither."""
        return self.number if self.number_kind in ("NIP", "NI_PPPK") else None
