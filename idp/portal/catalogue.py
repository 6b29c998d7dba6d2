"""The applications and links that a start page can show, read once and kept until one of them changes.

What is kept is the same for everybody. Whether somebody may use an application is asked for each of them
(`policy.access`), and one small statement a request tells whether anything has changed: a disabled application is gone at once.
"""

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from idp.clients.snapshot import ClientSnapshot
from idp.kernel.urls import is_loopback, origin_of
from idp.portal.store import PortalStore, Sums


@dataclass(frozen=True, slots=True)
class Listed:
    """One application or link. client_id None: a system with accounts of its own; access is then "everyone"."""

    item: str
    client_id: str | None
    name: str
    name_id: str | None
    href: str
    government_code: str | None
    government: str | None
    topic: str | None
    description: str | None
    description_id: str | None
    logo: str | None
    access: str

    def label(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_id or self.name if locale == "id" else self.name

    def about(self, locale: str) -> str | None:
        """The description in the reader's language, or in the other where it has only that."""
        first, second = (self.description_id, self.description) if locale == "id" else (self.description, self.description_id)
        return first or second


class CatalogueCache:
    """The list as a process last read it; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[Sums, tuple[Listed, ...]] | None = None

    def get(self, sums: Sums) -> tuple[Listed, ...] | None:
        """The list that had these sums, or None."""
        with self._lock:
            return self._kept[1] if self._kept is not None and self._kept[0] == sums else None

    def keep(self, sums: Sums, listed: tuple[Listed, ...]) -> None:
        """Remember."""
        with self._lock:
            self._kept = (sums, listed)


class Catalogue:
    """The list of one unit of work."""

    def __init__(self, store: PortalStore, cache: CatalogueCache, issuer: str) -> None:
        self._store = store
        self._issuer = issuer
        self._cache = cache

    def all(self) -> tuple[Listed, ...]:
        """Everything that can be opened from a start page; one statement where nothing has changed, else four."""
        sums = self._store.sums()
        kept = self._cache.get(sums)
        if kept is None:
            kept = (*self._applications(), *self._links())
            self._cache.keep(sums, kept)
        return kept

    def _applications(self) -> list[Listed]:
        origins = self._store.origins()
        found = []
        for row in self._store.listed():
            begins = initiated(row.initiate_login_uri, self._issuer, row.home_uri)
            href = first_address(row.grants.split(), (begins, row.home_uri, *origins.get(row.client_id, ())))
            if href:
                found.append(
                    Listed(
                        f"app:{row.client_id}", row.client_id, row.name, row.name_id, href, row.government_code, row.government,
                        row.topic, row.description, row.description_id, row.logo_digest, row.access,
                    )
                )  # fmt: skip
        return found

    def _links(self) -> list[Listed]:
        return [
            Listed(f"link:{row.id}", None, row.name, None, row.uri, None, None, None, row.description, row.description_id, None, "everyone")
            for row in self._store.links()
        ]


def initiated(uri: str | None, issuer: str, target: str | None) -> str | None:
    """Where an application begins a sign-in with us that the person started here (OIDC Core section 4).

    Without login_hint: the application learns who it is when the person has signed in, and not from a link.
    """
    if uri is None:
        return None
    asked = {"iss": issuer} | ({"target_link_uri": target} if target else {})
    return uri + ("&" if "?" in uri else "?") + urlencode(asked)


def home_of(client: ClientSnapshot) -> str | None:
    """Where somebody finds an application, say to sign out there: its start page, else the origin it is answered at first."""
    return first_address(client.grants, (client.home_uri, *(origin_of(uri) for uri in client.redirect_uris)))


def start_of(client: ClientSnapshot, issuer: str) -> str | None:
    """Where an application begins a sign-in, by its registration: as the start page opens it, else where it is found."""
    begins = initiated(client.initiate_login_uri, issuer, client.home_uri)
    return first_address(client.grants, (begins,)) or home_of(client)


def first_address(grants: Collection[str], addresses: Iterable[str | None]) -> str | None:
    """Where an application begins: its start page, else the origin it is answered at; only http(s), never a script."""
    if "authorization_code" not in grants:
        return None
    return next((address for address in addresses if address and opens(address)), None)


def opens(address: str) -> bool:
    """True for an address that a link may lead to: https, or http on this machine."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    except ValueError:
        return False
