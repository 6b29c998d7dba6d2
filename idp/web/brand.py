"""Whose page this is: the brand of the application's government, of the person's, or of the installation."""

from dataclasses import dataclass, replace

from flask import current_app, g

from idp.directory.brands import INSTALLATION, Look
from idp.policy.contrast import luminance

DEFAULT_ACCENT = "#0b5d4e"
# White on a colour of this luminance has a contrast of 4.5.
_DARK_ENOUGH = 0.183


@dataclass(frozen=True, slots=True)
class Brand:
    """How an installation presents itself.

    name: shown on every page; host: where people should find themselves, from the issuer, never from the request;
    accent: one colour from which the sheet derives its others; logo: the address of a picture in place of the drawn mark.
    """

    name: str
    host: str
    accent: str
    logo: str | None = None

    @property
    def stylesheet(self) -> str | None:
        """The address of the installation's own colours, None for the default ones."""
        return None if self.accent.lower() == DEFAULT_ACCENT else f"/brand.css?v={self.accent[1:]}"

    def css(self) -> str:
        """The sheet at that address; text on and in a light accent is darkened until it can be read (WCAG 2.2, 1.4.3)."""
        light = luminance(self.accent) >= _DARK_ENOUGH
        root = f":root{{--accent:{self.accent};--fill:{self.accent};--on-fill:{'#000' if light else '#fff'}}}\n"
        link = f"@media (prefers-color-scheme:light){{:root{{--link:color-mix(in oklab,{self.accent} 40%,#000)}}}}\n"
        return root + link if light else root


def show_brand_of(government: str | None) -> None:
    """This request is about an application of a government: its pages carry that government's brand."""
    g.brand_of = government


def brand() -> Brand:
    """The brand of this request: of the application's government, else of the person's, else of the installation.

    Read at most twice a minute by a process; where no unit of work is open (an error page), as it was read last.
    """
    shown: Brand = current_app.extensions["idp_brand"]
    kept = g._get_current_object()
    deps = getattr(current_app, "deps", None)
    if deps is None:
        return shown
    services = kept.get("services")
    looks = services.brands.looks() if services is not None else deps.brand_cache.last()
    live = kept.get("live_session")
    for scope in (INSTALLATION, kept.get("brand_of") or (live.government_code if live else INSTALLATION)):
        if scope in looks:
            shown = _over(shown, scope, looks[scope])
    return shown


def _over(under: Brand, scope: str, look: Look) -> Brand:
    logo = f"/brand/{scope}/logo?v={look.logo}" if look.logo else under.logo
    return replace(under, name=look.name or under.name, accent=look.accent or under.accent, logo=logo)
