"""What every template knows: the brand, the language, where static files are, who looks at the page."""

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, g, request, url_for

from idp.kernel.urls import local_path
from idp.policy.contrast import is_colour
from idp.web import language, messages
from idp.web.account import names
from idp.web.admin import names as admin_names
from idp.web.admin import navigation
from idp.web.brand import DEFAULT_ACCENT, Brand, brand
from idp.web.guards import public, read_only

bp = Blueprint("presentation", __name__)

__all__ = ["DEFAULT_ACCENT", "asset", "here", "register"]
_FOREVER = 365 * 24 * 3600
_STATIC = Path(__file__).parent / "static"


def register(app: Flask, *, installation_name: str, issuer: str, accent: str) -> None:
    """Give `app` the template names of every page."""
    own = Brand(installation_name, urlsplit(issuer).netloc, accent)
    app.extensions["idp_brand"] = own
    app.register_blueprint(bp)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _FOREVER  # `asset` puts the content's fingerprint into the address
    app.jinja_env.filters["moment"] = names.moment
    app.jinja_env.filters["day"] = names.day
    app.jinja_env.filters["number"] = admin_names.number
    app.jinja_env.globals.update(
        brand=own,  # also for macros, which do not see what a request brings
        asset=asset,
        languages=tuple(language.LANGUAGES.items()),
        error_title=messages.title_for_status,
        oauth_sentence=messages.oauth_sentence,
        shown_claims=names.shown_claims,
        account_pages=names.account_pages,
        admin_pages=navigation.pages,
    )
    app.context_processor(_names)


def _names() -> dict[str, Any]:
    # Only a session that was looked up already: an error page must not ask the database again.
    return {"lang": language.current(), "here": here(), "viewer": g.get("live_session"), "brand": brand()}


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
    """An accent colour as a sheet (the content security policy allows no inline style); the address names the colour."""
    shown: Brand = current_app.extensions["idp_brand"]
    colour = f"#{request.args.get('v', '')}"
    answer = Response(replace(shown, accent=colour if is_colour(colour) else shown.accent).css(), mimetype="text/css")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


@bp.get("/brand/<scope>/logo")
@read_only
@public
def logo(scope: str) -> Response:
    """The logo of a government or of the installation; as a page of its own it may do nothing (ASVS 3.4.3)."""
    found = g.services.brands.logo(scope[:5])
    if found is None:
        abort(404)
    answer = Response(found[0], mimetype=found[1])
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
