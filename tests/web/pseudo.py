"""A language that marks what was translated: whatever a page says outside the marks was never in a catalogue."""

import re
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from typing import Any

import flask_babel
import pytest
from babel.support import NullTranslations

OPEN, SHUT = "⟦", "⟧"
_MARKED = re.compile(rf"{OPEN}[^{OPEN}{SHUT}]*{SHUT}")
_DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}\b")  # Babel's own words
_WORD = re.compile(r"[^\W\d_]{2,}")
_SPOKEN = ("title", "alt", "placeholder", "aria-label", "label", "data-show", "data-hide", "data-label", "data-print", "data-failed",
           "data-known", "data-missing")  # fmt: skip


class Pseudo(NullTranslations):
    """Translates everything, into itself between marks."""

    def gettext(self, message: str) -> str:
        """Marked."""
        return f"{OPEN}{message}{SHUT}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Marked."""
        return f"{OPEN}{msgid1 if n == 1 else msgid2}{SHUT}"

    ugettext, ungettext = gettext, ngettext


def speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages are in this language for the rest of the test."""
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda _self: Pseudo())


class _Said(HTMLParser):
    """Everything that is read out or seen of a page; what names a language is in that language."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts, self._silent, self._own = list[str](), 0, list[bool]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._silent += tag in ("script", "style")
        if tag not in ("meta", "link", "input", "br", "img", "path", "hr"):
            self._own.append("lang" in given and tag != "html")
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.texts.append(given.get("value") or "")
        self.texts += [given[name] or "" for name in _SPOKEN if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")
        if self._own and tag not in ("path", "br", "img", "input"):
            self._own.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and not any(self._own):
            self.texts.append(data)


def untranslated(html: str, known: Iterable[str]) -> list[str]:
    """The words of a page that stand outside the marks and are no data (`known`: names, numbers, values that anybody typed)."""
    said = _Said()
    said.feed(html)
    return [left for text in said.texts if (left := outside(text, known))]


def outside(text: str, known: Iterable[str] = ()) -> str:
    """What of a text is neither marked nor known; empty when nothing is."""
    while (inner := _MARKED.sub(" ", text)) != text:
        text = inner
    for phrase in sorted(known, key=len, reverse=True):
        text = text.replace(phrase, " ")
    text = _DATE.sub(" ", text)  # afterwards: a known phrase may hold a date
    return " ".join(text.split()) if _WORD.search(text) else ""


def marked(call: Callable[[], Any]) -> str:
    """What a function says that should have been in the catalogue."""
    return outside(str(call()))
