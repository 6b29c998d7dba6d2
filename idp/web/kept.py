"""A page that is the same for everybody but for the form token and the way back: rendered once, then filled in.

Only for pages shown to nobody in particular. What differs stands in spots that no text of a page can hit: their names are
random and never leave the process.
"""

from collections.abc import Callable, Hashable

from flask import Flask, current_app, render_template
from markupsafe import escape

from idp.kernel.randomness import Randomness, letters
from idp.web import csrf
from idp.web.presentation import here

_MOST = 500


class KeptPages:
    """Kept for the life of a process. Texts, brand and templates do not change while it lives."""

    def __init__(self, randomness: Randomness) -> None:
        self._token, self._way_back = letters(randomness, 32), letters(randomness, 32)
        self._pages: dict[Hashable, str] = {}

    def page(self, key: Hashable, template: str, values: Callable[[], dict[str, object]]) -> str:
        """The page of `template` as this request sees it; key: everything in `values`, which is asked for only once, and the language."""
        token, way_back = self._token, self._way_back
        kept = self._pages.get(key)
        if kept is None:
            if len(self._pages) >= _MOST:
                self._pages.clear()
            kept = self._pages[key] = render_template(template, **values(), problem=False, csrf_token=lambda: token, here=way_back)
        return kept.replace(token, csrf.token()).replace(way_back, str(escape(here())))


def kept_pages() -> KeptPages:
    """Those of this process."""
    pages: KeptPages = current_app.extensions["idp_kept_pages"]
    return pages


def register(app: Flask, randomness: Randomness) -> None:
    """Give `app` its pages."""
    app.extensions["idp_kept_pages"] = KeptPages(randomness)
