"""What every template knows: the brand, the language, where static files are, who looks at the page."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, request, url_for

from idp.kernel.urls import local_path
from idp.web import language, messages
from idp.web.account import names
from idp.web.guards import public

bp = Blueprint("presentation", __name__)

DEFAULT_ACCENT = "#0b5d4e"
# White on a colour of this luminance has a contrast of 4.5.
_DARK_ENOUGH = 0.183
_FOREVER = 365 * 24 * 3600
_STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Brand:
    """How an installation presents itself.

    name: shown on every page; host: where people should find themselves, from the issuer, never from the request;
    accent: one colour from which the sheet derives its others.
    """

    name: str
    host: str
    accent: str

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


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2, definition of relative luminance)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def register(app: Flask, *, installation_name: str, issuer: str, accent: str) -> None:
    """Give `app` the template names of every page."""
    brand = Brand(installation_name, urlsplit(issuer).netloc, accent)
    app.extensions["idp_brand"] = brand
    app.register_blueprint(bp)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _FOREVER  # `asset` puts the content's fingerprint into the address
    app.jinja_env.filters["moment"] = names.moment
    app.jinja_env.globals.update(
        brand=brand,
        asset=asset,
        languages=tuple(language.LANGUAGES.items()),
        error_title=messages.title_for_status,
        oauth_sentence=messages.oauth_sentence,
        shown_claims=names.shown_claims,
        account_pages=names.account_pages,
    )
    app.context_processor(_names)


def _names() -> dict[str, Any]:
    # Only a session that was looked up already: an error page must not ask the database again.
    return {"lang": language.current(), "here": here(), "viewer": g.get("live_session")}


def here() -> str:
    """The address to come back to after switching the language; its query goes along where it is short enough."""
    path = request.full_path.rstrip("?")
    return local_path(path, fallback=local_path(request.path)) if request.method == "GET" else local_path(request.path)


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file, with its content's fingerprint, so that browsers may keep it for good."""
    return url_for("static", filename=name, v=_fingerprint(name))


@bp.get("/brand.css")
@public
def brand_sheet() -> Response:
    """The installation's accent colour (the content security policy allows no inline style)."""
    brand: Brand = current_app.extensions["idp_brand"]
    answer = Response(brand.css(), mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
