"""What administrators have to say: in both languages, for a time, to everybody or to one government."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid, NotFound
from idp.kernel.kept import Kept
from idp.kernel.randomness import Randomness, new_id
from idp.portal.rights import require
from idp.portal.store import PortalStore
from idp.portal.wording import needed

LONGEST = 500


class Level(StrEnum):
    """How loudly it is said."""

    INFO = "info"
    WARNING = "warning"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class NewAnnouncement:
    """What is to be said. starts_at None: now; ends_at None: until it is ended; government None: to the whole installation."""

    text: str
    text_id: str
    level: str = Level.INFO
    government_code: str | None = None
    on_sign_in: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """An announcement as it stands."""

    id: str
    text: str
    text_id: str
    level: str
    government_code: str | None
    on_sign_in: bool
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime
    created_by: str | None

    def reads(self, locale: str) -> str:
        """The text in the reader's language."""
        return self.text_id if locale == "id" else self.text

    def stands(self, now: datetime) -> bool:
        """Whether it is said at this moment."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


class AnnouncementCache(Kept[tuple[Said, ...]]):
    """What a process last read: trusted for five seconds, since the sign-in page asks for it each time."""

    def __init__(self) -> None:
        super().__init__(timedelta(seconds=5), ())


class Announcements:
    """Says, lists and ends. cache: the process's."""

    def __init__(self, store: PortalStore, audit: AuditLog, clock: Clock, randomness: Randomness, cache: AnnouncementCache) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._randomness = randomness
        self._cache = cache

    def to(self, government_code: str | None) -> list[Said]:
        """What is said now to the people of a government, the loudest first."""
        heard = [said for said in self._standing() if said.government_code in (None, government_code)]
        return sorted(heard, key=lambda said: list(Level)[::-1].index(Level(said.level)))

    def on_sign_in(self) -> list[Said]:
        """What is said now to whoever is about to sign in; who that is nobody knows, so nothing of one government."""
        return [said for said in self.to(None) if said.on_sign_in]

    def say(self, actor: Actor, new: NewAnnouncement) -> Said:
        """Announce. Raises NotAllowed, Invalid (texts, level, times), NotFound (government)."""
        require(actor)
        now = self._clock.now()
        said = self._checked(new, actor, now)
        self._store.add_announcement(**{name: getattr(said, name) for name in Said.__slots__})
        self._cache.forget()
        self._record(actor, said, "say", level=said.level, text=said.text, on_sign_in=said.on_sign_in)
        return said

    def end(self, actor: Actor, announcement_id: str) -> Said:
        """End one now, also one that has not begun. Raises NotAllowed, NotFound."""
        require(actor)
        row = self._store.end_announcement(announcement_id, self._clock.now()) if announcement_id.isalnum() else None
        if row is None:
            raise NotFound("portal.announcement", f"there is no announcement {announcement_id[:30]!r} that has not ended")
        self._cache.forget()
        said = Said(**row._mapping)  # noqa: SLF001 - the documented way to read a Row as a mapping
        self._record(actor, said, "end")
        return said

    def all(self, *, ended: bool = False) -> list[Said]:
        """Those that stand or will; with `ended` all ever. The latest first."""
        rows = self._store.announcements() if ended else self._store.standing(self._clock.now())
        return [Said(**row._mapping) for row in rows]  # noqa: SLF001 - as above

    def _standing(self) -> list[Said]:
        now = self._clock.now()
        known = self._cache.get(now)
        if known is None:
            known = tuple(self.all())
            self._cache.put(known, now)
        return [said for said in known if said.stands(now)]

    def _checked(self, new: NewAnnouncement, actor: Actor, now: datetime) -> Said:
        if new.level not in list(Level):
            raise Invalid("portal.level", f"the level is one of {', '.join(Level)}", field="level")
        starts_at = new.starts_at or now
        if new.ends_at is not None and new.ends_at <= max(starts_at, now):
            raise Invalid("portal.dates", "the announcement would end before it begins, or has ended already", field="ends_at")
        if new.government_code is not None and not self._store.government_exists(new.government_code):
            raise NotFound("portal.government", f"there is no government {new.government_code}", field="government")
        if new.on_sign_in and new.government_code is not None:
            raise Invalid("portal.sign_in", "nobody's government is known on the sign-in page: announce there to everybody, or not there")
        text, text_id = needed(new.text, field="text", longest=LONGEST), needed(new.text_id, field="text-id", longest=LONGEST)
        return Said(
            new_id(self._randomness, now), text, text_id, new.level, new.government_code, new.on_sign_in, starts_at, new.ends_at,
            now, actor.id or actor.kind,
        )  # fmt: skip

    def _record(self, actor: Actor, said: Said, change: str, **details: Any) -> None:
        subject = ("announcement", said.id)
        self._audit.record(Tag.ANNOUNCEMENT_CHANGE, actor, subject=subject, government=said.government_code, change=change, **details)
