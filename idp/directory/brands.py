"""How the installation and each government present themselves: a name, one colour, a logo."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory.logos import picture
from idp.directory.models import Brand
from idp.directory.store import DirectoryStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Invalid
from idp.kernel.kept import Kept
from idp.policy.contrast import TEXT, is_colour, worst

INSTALLATION = "all"


@dataclass(frozen=True, slots=True)
class Look:
    """What was chosen for one government, or for the installation; None where nothing was."""

    name: str | None
    accent: str | None
    logo: str | None


class BrandCache(Kept[dict[str, Look]]):
    """The looks as a process last read them: trusted for thirty seconds, so that a page costs no statement for them."""

    def __init__(self) -> None:
        super().__init__(timedelta(seconds=30), {})


class Brands:
    """Verbs about brands. government: a code, or None for the whole installation."""

    def __init__(self, store: DirectoryStore, audit: AuditLog, clock: Clock, cache: BrandCache) -> None:
        self._store, self._audit, self._clock, self._cache = store, audit, clock, cache

    def looks(self) -> dict[str, Look]:
        """All of them, by government code, from the cache while it is fresh."""
        now = self._clock.now()
        known = self._cache.get(now)
        if known is None:
            known = {row[0]: Look(*row[1:]) for row in self._store.brands()}
            self._cache.put(known, now)
        return known

    def logo(self, scope: str) -> tuple[bytes, str] | None:
        """The picture and its media type."""
        found = self._store.brand(scope) if scope.isprintable() else None  # it comes from an address: PostgreSQL takes no NUL
        return (found.logo, found.logo_type) if found and found.logo and found.logo_type else None

    def set(
        self, actor: Actor, government: str | None, *, name: str | None = None, accent: str | None = None, logo: bytes | None = None
    ) -> Look:
        """Choose what is given, keep the rest; raises Invalid for an unknown government, an unreadable colour, a bad logo."""
        scope = self._scope(government)
        if name is None and accent is None and logo is None:
            raise Invalid("brand.empty", "say at least one of name, accent and logo")
        brand = self._store.brand(scope) or Brand(scope=scope)
        if name is not None:
            brand.name = _name(name)
        if accent is not None:
            brand.accent = _accent(accent)
        if logo is not None:
            brand.logo_type, brand.logo = picture(logo)
            brand.logo_mark = hashlib.sha256(brand.logo).hexdigest()[:12]
        brand.updated_at = self._clock.now()
        changed = [what for what, value in (("name", name), ("accent", accent), ("logo", logo)) if value is not None]
        self._audit.record(Tag.BRAND_SET, actor, subject=("brand", scope), government=government, changed=changed)
        self._store.add(brand)
        self._cache.forget()
        return Look(brand.name, brand.accent, brand.logo_mark)

    def reset(self, actor: Actor, government: str | None) -> bool:
        """Back to what stands above it; False when nothing was chosen."""
        scope = self._scope(government)
        if not self._store.remove_brand(scope):
            return False
        self._audit.record(Tag.BRAND_RESET, actor, subject=("brand", scope), government=government)
        self._cache.forget()
        return True

    def _scope(self, government: str | None) -> str:
        if government is not None and self._store.government(government) is None:
            raise Invalid("government.unknown", "government: there is no government with this code", field="government")
        return government or INSTALLATION


def _name(name: str) -> str:
    short = " ".join(name.split())
    if not 2 <= len(short) <= 60 or not short.isprintable():
        raise Invalid("brand.name", "name: 2 to 60 letters", field="name")
    return short


def _accent(accent: str) -> str:
    if not is_colour(accent):
        raise Invalid("brand.accent", "accent: a colour such as #0b5d4e", field="accent")
    for scheme, ratio in worst(accent).items():
        if ratio < TEXT:
            advice = "choose a darker one" if scheme == "light" else "choose a darker or less bright one"
            raise Invalid(
                "brand.contrast",
                f"accent: {accent} has a contrast of {ratio:.1f} to 1 in the {scheme} scheme; people need {TEXT} to 1 to read it, {advice}",
                field="accent",
            )
    return accent.lower()
