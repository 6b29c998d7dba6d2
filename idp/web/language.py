"""Which language a page speaks, and the switch between them.

Order: the person's explicit choice (cookie), what an application asked for (`ui_locales`, OIDC Core section 3.1.2.1),
the language of the person's record, Indonesian. The browser's own preference does not count: many phones in
Indonesia are set to English while their owners read Indonesian, and one click switches.
"""

from collections.abc import Sequence
from pathlib import Path

from flask import Blueprint, Flask, Response, g, has_request_context, make_response, redirect, request
from flask_babel import Babel, get_locale, refresh

from idp.kernel.urls import local_path
from idp.web import cookies
from idp.web.guards import public

bp = Blueprint("language", __name__)

LANGUAGES = {"id": "Indonesia", "en": "English"}
DEFAULT = "id"
TIME_ZONE = "Asia/Jakarta"


def register(app: Flask) -> None:
    """Make `app` speak both languages."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    Babel(app, default_locale=DEFAULT, default_timezone=TIME_ZONE, locale_selector=choose)
    app.register_blueprint(bp)


def choose() -> str:
    """The language of this request; always one of LANGUAGES."""
    if not has_request_context():
        return DEFAULT
    live = g.get("live_session")
    for wanted in (cookies.read(cookies.LANGUAGE), *g.get("ui_locales", ()), live.locale if live else None):
        short = (wanted or "")[:2].lower()
        if short in LANGUAGES:
            return short
    return DEFAULT


def prefer(locales: Sequence[str]) -> None:
    """An application asks for these languages, in this order; the person's own choice goes before."""
    g.ui_locales = tuple(locales)
    refresh()


def current() -> str:
    """The language in force, for ``<html lang>`` and for letters."""
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else DEFAULT


@bp.post("/language")
@public
def switch() -> Response:
    """Remember the chosen language in this browser and go back to the page it was chosen on."""
    answer = make_response(redirect(local_path(request.form.get("return_to")), 303))
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        cookies.set_language(answer, wanted)
    return answer
