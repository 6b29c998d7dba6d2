"""Every statement of the portal room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from idp.clients.models import Client, ClientRedirectUri
from idp.db.lane import Prepared
from idp.db.upsert import insert_into, insert_once
from idp.directory.models import Government
from idp.portal.models import Announcement, AppCard, Favourite, PortalLink

_card: Any = AppCard.__table__
_client: Any = Client.__table__
_uri: Any = ClientRedirectUri.__table__
_link: Any = PortalLink.__table__
_favourite: Any = Favourite.__table__
_announcement: Any = Announcement.__table__

# Each change of an application or of its card raises a version, and neither is ever deleted: equal sums mean equal rows.
_STAMP = Prepared(
    select(
        select(func.count()).select_from(_client).scalar_subquery().label("clients"),
        select(func.coalesce(func.sum(_client.c.version), 0)).scalar_subquery().label("client_versions"),
        select(func.count()).select_from(_card).scalar_subquery().label("cards"),
        select(func.coalesce(func.sum(_card.c.version), 0)).scalar_subquery().label("card_versions"),
        select(func.count()).select_from(_link).scalar_subquery().label("links"),
        select(func.count()).where(_link.c.removed_at.is_not(None)).scalar_subquery().label("removed"),
    )
)
_LISTED = (
    select(
        _client.c.client_id,
        _client.c.name,
        _client.c.name_id,
        _client.c.government_code,
        _client.c.home_uri,
        _client.c.initiate_login_uri,
        _client.c.topic,
        _client.c.grants,
        _client.c.access,
        _card.c.description,
        _card.c.description_id,
        _card.c.logo_digest,
        Government.name.label("government"),
    )
    .select_from(_client)
    .outerjoin(_card, _card.c.client_id == _client.c.client_id)
    .outerjoin(Government, Government.code == _client.c.government_code)
    .where(_client.c.status == "active")
    .order_by(_client.c.client_id)
)
_FIRST_URIS = (
    select(_uri.c.client_id, _uri.c.origin)
    .join(_client, _client.c.client_id == _uri.c.client_id)
    .where(_uri.c.kind == "redirect", _uri.c.origin.is_not(None), _client.c.status == "active")
    .order_by(_uri.c.client_id, _uri.c.position)
)
_LINKS = select(_link).where(_link.c.removed_at.is_(None)).order_by(func.lower(_link.c.name), _link.c.id)
_FAVOURITES = Prepared(select(_favourite.c.item).where(_favourite.c.person_id == bindparam("person_id")).order_by(_favourite.c.created_at))
_STANDING = (
    select(_announcement)
    .where(or_(_announcement.c.ends_at.is_(None), _announcement.c.ends_at > bindparam("now")))
    .order_by(_announcement.c.starts_at.desc(), _announcement.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the list of applications and links looked like: equal sums, equal list."""

    values: tuple[int, ...]


class PortalStore:
    """Cards, links, favourites, announcements; and the applications as the start page lists them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # -- the list ------------------------------------------------------------------------------------------------

    def sums(self) -> Sums:
        """Numbers that differ whenever an application, its card or a link has changed."""
        return Sums(tuple(int(value) for value in _STAMP.first(self._session)))

    def listed(self) -> Sequence[Any]:
        """The enabled applications with their cards and the name of their government."""
        return self._session.connection().execute(_LISTED).all()

    def origins(self) -> dict[str, list[str]]:
        """The origins that each enabled application is answered at, in their order."""
        found: dict[str, list[str]] = {}
        for row in self._session.connection().execute(_FIRST_URIS):
            found.setdefault(row.client_id, []).append(row.origin)
        return found

    # -- cards ---------------------------------------------------------------------------------------------------

    def card(self, client_id: str) -> AppCard | None:
        """The card of an application, if it has one."""
        return self._session.get(AppCard, client_id) if "\0" not in client_id else None

    def write_card(self, client_id: str, now: datetime, values: dict[str, Any]) -> None:
        """Insert or change a card, and raise its version."""
        statement = insert_into(self._session, _card).values(client_id=client_id, version=1, updated_at=now, **values)
        changed = {**values, "version": _card.c.version + 1, "updated_at": now}
        self._session.connection().execute(statement.on_conflict_do_update(index_elements=["client_id"], set_=changed))

    def logo(self, digest: str) -> bytes | None:
        """The picture of this digest."""
        statement = select(_card.c.logo).where(_card.c.logo_digest == digest).limit(1)
        found: bytes | None = self._session.connection().execute(statement).scalar()
        return found

    # -- links ---------------------------------------------------------------------------------------------------

    def links(self) -> Sequence[Row[Any]]:
        """The links that stand, by name."""
        return self._session.connection().execute(_LINKS).all()

    def add_link(self, **values: Any) -> None:
        """Insert a link."""
        self._session.connection().execute(insert(_link), values)

    def remove_link(self, link_id: str, now: datetime) -> str | None:
        """Take a link away, once; gives its name, None when there is no such link."""
        statement = update(_link).where(_link.c.id == link_id, _link.c.removed_at.is_(None)).values(removed_at=now)
        name: str | None = self._session.connection().execute(statement.returning(_link.c.name)).scalar()
        return name

    # -- favourites ----------------------------------------------------------------------------------------------

    def favourites(self, person_id: str) -> list[str]:
        """What the person keeps at the top, oldest first."""
        return [row.item for row in _FAVOURITES.all(self._session, person_id=person_id)]

    def add_favourite(self, person_id: str, item: str, now: datetime) -> bool:
        """Keep one more; False when it is kept already (perhaps since a moment ago)."""
        return insert_once(self._session, _favourite, {"person_id": person_id, "item": item, "created_at": now})

    def drop_favourite(self, person_id: str, item: str) -> bool:
        """Keep it no longer; False when it was not kept."""
        statement = delete(_favourite).where(and_(_favourite.c.person_id == person_id, _favourite.c.item == item))
        return self._session.connection().execute(statement.returning(_favourite.c.item)).first() is not None

    # -- announcements -------------------------------------------------------------------------------------------

    def standing(self, now: datetime) -> Sequence[Row[Any]]:
        """Announcements that have not ended, those of the future too; the latest first."""
        return self._session.connection().execute(_STANDING, {"now": now}).all()

    def announcements(self) -> Sequence[Row[Any]]:
        """All ever, the latest first."""
        return self._session.connection().execute(select(_announcement).order_by(_announcement.c.id.desc())).all()

    def add_announcement(self, **values: Any) -> None:
        """Insert one."""
        self._session.connection().execute(insert(_announcement), values)

    def end_announcement(self, announcement_id: str, now: datetime) -> Row[Any] | None:
        """End one that stands, once; gives its row, None when there is nothing to end."""
        stands = or_(_announcement.c.ends_at.is_(None), _announcement.c.ends_at > now)
        statement = update(_announcement).where(_announcement.c.id == announcement_id, stands).values(ends_at=now)
        return self._session.connection().execute(statement.returning(_announcement)).first()

    def government_exists(self, code: str) -> bool:
        """True when there is a government of this code."""
        return bool(self._session.scalar(select(exists().where(Government.code == code))))
