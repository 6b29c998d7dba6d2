"""What the start page keeps as rows."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.clients import models as _clients  # noqa: F401 - the tables that foreign keys here point to
from idp.db.base import Base, UtcDateTime


class AppCard(Base):
    """How one application presents itself to people. `version` grows with each change. The logo is a PNG that was checked."""

    __tablename__ = "app_cards"

    client_id: Mapped[str] = mapped_column(String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True)
    description: Mapped[str | None] = mapped_column(String(200))
    description_id: Mapped[str | None] = mapped_column(String(200))
    contact: Mapped[str | None] = mapped_column(String(200))
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    logo_digest: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PortalLink(Base):
    """A system that keeps its own accounts (SRIKANDI, SIPD …): a plain link, nothing is signed in to."""

    __tablename__ = "portal_links"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    uri: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str | None] = mapped_column(String(200))
    description_id: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None] = mapped_column(String(128))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Favourite(Base):
    """One application or link that a person keeps at the top: ``app:<client id>`` or ``link:<id>``."""

    __tablename__ = "portal_favourites"

    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    item: Mapped[str] = mapped_column(String(140), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Announcement(Base):
    """What an administrator has to say, in both languages, from `starts_at` until `ends_at`; no government: to everybody."""

    __tablename__ = "announcements"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    text: Mapped[str] = mapped_column(String(500))
    text_id: Mapped[str] = mapped_column(String(500))
    level: Mapped[str] = mapped_column(String(8))
    government_code: Mapped[str | None] = mapped_column(String(5), ForeignKey("governments.code"))
    on_sign_in: Mapped[bool] = mapped_column(Boolean)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None] = mapped_column(String(128))
