"""An account as it stands at one moment, with what the way in needs to know of it."""

from dataclasses import dataclass, field
from datetime import datetime

from idp.directory.models import titled


@dataclass(frozen=True, slots=True)
class Account:
    """A person, their password and what they prove with.

    encoded: the password's hash, None without one; known_device: they signed in fully with the device asked about;
    has_devices: they did with some device; has_roles: they hold at least one at present, anywhere.
    """

    id: str
    username: str
    name: str
    title_before: str | None
    title_after: str | None
    email: str | None
    locale: str | None
    government_code: str | None
    employment_status: str
    status: str
    encoded: str | None = field(repr=False)
    must_change: bool | None
    changed_at: datetime | None
    has_factor: bool
    has_passkey: bool
    known_device: bool
    has_devices: bool
    has_roles: bool

    @property
    def active(self) -> bool:
        """True when they may sign in at all."""
        return self.status == "active"

    @property
    def usable(self) -> str | None:
        """The hash that a password is compared with; None for whoever does not get in with any."""
        return self.encoded if self.active else None

    @property
    def full_name(self) -> str:
        """The name with its titles."""
        return titled(self.title_before, self.name, self.title_after)
