"""Which events somebody wants to see: plain, and small enough to stand in an event of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """Every part narrows; None or empty means all.

    governments: codes whose chains may be read (None: the whole record, with what belongs to no government); person: who an event is
    about or who did it; actor: who did it (an id of any kind); client: an application; since is inclusive, until exclusive.
    """

    governments: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    tags: tuple[str, ...] = ()
    person: str | None = None
    actor: str | None = None
    client: str | None = None

    @property
    def whole(self) -> bool:
        """True when whole chains are wanted."""
        return not (self.since or self.until or self.tags or self.person or self.actor or self.client)

    def allows(self, chain: str) -> bool:
        """True when events of this chain are wanted."""
        return self.governments is None or chain in self.governments

    def as_dict(self) -> dict[str, Any]:
        """What was asked for, for headers and events."""
        found = {
            "governments": " ".join(self.governments) if self.governments is not None else None,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "tags": " ".join(self.tags) or None,
            "person": self.person,
            "actor": self.actor,
            "client": self.client,
        }
        return {name: value for name, value in found.items() if value is not None}
