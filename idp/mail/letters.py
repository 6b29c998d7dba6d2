"""The letters we send, in both languages, as text and HTML. What they say stands in ``templates/mail/<letter>/``.

Links are built from the issuer that was configured, never from a request (attack M5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from idp.kernel.agents import describe

_ROOT = Path(__file__).resolve().parents[2]
_TEMPLATES = _ROOT / "templates"
_CATALOGUES = _ROOT / "idp/web/translations"
_ZONE = ZoneInfo("Asia/Jakarta")

LETTERS = (
    "activation",
    "reset",
    "factor_added",
    "factor_removed",
    "password_changed",
    "recovery_code_used",
    "new_device",
    "lockout",
    "agency_code_issued",
    "agency_code_used",
    "device_copied",
    "passkey_copied",
    "security_alert",
    "correction_opened",
    "correction_answered",
    "helped",
    "owner_made",
    "factor_reminder",
)
_MORE = ("kind", "person", "failed", "locked", "field", "accepted", "answer", "few", "owner")
_LINKS = {"activation": "/activate/", "reset": "/reset/"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to be sent."""

    subject: str
    text: str
    html: str


def write(letter: str, locale: str | None, params: Mapping[str, Any], *, installation_name: str, issuer: str) -> Letter:
    """Write one of LETTERS.

    locale: ``id`` (also for None and unknown ones) or ``en``; params: what the letter tells (`token` or `link`, `name`,
    `at` as a moment or ISO text, `factor`, `device`, `ip`, `left`, `agent`, `days`, `minutes`; what is not given is left out of it).
    Raises ValueError for a letter that does not exist, or that has no link to tell.
    """
    if letter not in LETTERS:
        raise ValueError(f"there is no letter {letter!r}")
    language = "en" if (locale or "").lower().startswith("en") else "id"
    environment = _environment(language)
    values: dict[str, Any] = {
        **dict.fromkeys(("name", "device", "factor", "ip", "left", "username", "days", "minutes", "hours", "until", "at", "link", *_MORE)),
        **params,
        "lang": language,
        "installation": installation_name,
        "issuer": issuer,
    }
    values["link"] = _link(letter, values, issuer)
    values["device"] = values["device"] or _device(values.get("agent"))
    values["at"] = _moment(values["at"], language)
    values["until"] = _moment(values["until"], language)
    subject, text, html = (
        environment.get_template(f"mail/{letter}/{part}").render(values) for part in ("subject.txt", "body.txt", "body.html")
    )
    return Letter(" ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n", html)


def print_code(
    locale: str | None, *, code: str, name: str, username: str, until: datetime, installation_name: str, issuer: str
) -> str:
    """The slip with a single-use code that an agency hands to somebody; it is printed once and mailed to nobody."""
    language = "en" if (locale or "").lower().startswith("en") else "id"
    values = {"name": name, "username": username, "until": _moment(until, language), "installation": installation_name, "issuer": issuer}
    text = _environment(language).get_template("print/agency_code.txt").render(code=code, **values)
    return re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue: NullTranslations = Translations.load(_CATALOGUES, [language])
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    return environment


def _device(agent: Any) -> str | None:
    return " · ".join(word for word in describe(str(agent)) if word) or None if agent else None


def _link(letter: str, values: Mapping[str, Any], issuer: str) -> str | None:
    link, token = values.get("link"), values.get("token")
    if link is None and token is not None and letter in _LINKS:
        link = _LINKS[letter] + str(token)
    if link is None:
        if letter in _LINKS:
            raise ValueError(f"the letter {letter!r} needs a link")
        return None
    text = str(link)
    return issuer + text if text.startswith("/") else text


def _moment(at: Any, language: str) -> str | None:
    if not at:
        return None
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    return format_datetime(moment.astimezone(_ZONE), "d MMMM y, HH.mm", locale=language) + " WIB"
