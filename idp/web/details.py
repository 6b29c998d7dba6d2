"""Authorization details (RFC 9396) as a person reads them before they agree: what they allow, line by line, in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.numbers import format_decimal
from flask_babel import get_locale, gettext

from idp.clients.authorization_types.values import problem, told
from idp.web import language
from idp.web.account.names import day, moment
from idp.web.edge import services


@dataclass(frozen=True, slots=True)
class ShownDetail:
    """One thing that is allowed, and what is said about it."""

    title: str
    lines: tuple[tuple[str, str], ...]


def shown_details(details: Sequence[Mapping[str, Any]]) -> list[ShownDetail] | None:
    """The details of a request in the reader's language; nothing is left out, since all of it is agreed to.

    None when a type has been taken away or declared anew meanwhile, so that its details cannot be told any more.
    """
    if not details:
        return []
    locale = language.current()
    known = services().registry.authorization_types.known({detail["type"] for detail in details})
    shown = []
    for detail in details:
        declared = known.get(detail["type"])
        if declared is None or problem(declared, dict(detail)):
            return None
        lines = [(line.label, _words(line.value)) for line in told(declared, dict(detail), locale)]
        if "locations" in detail:
            lines.append((gettext("For the service"), ", ".join(detail["locations"])))
        shown.append(ShownDetail(declared.label(locale), tuple(lines)))
    return shown


def titles_of(details: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What each type lets an application do, in the reader's language, by type; types that are gone are left out."""
    names = {str(detail["type"]) for detail in details}
    return {name: one.label(language.current()) for name, one in services().registry.authorization_types.known(names).items()}


def _words(value: Any) -> str:
    match value:
        case bool():
            return str(gettext("Yes") if value else gettext("No"))
        case tuple():
            return ", ".join(_words(one) for one in value)
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case int() | float():
            words: str = format_decimal(value, locale=get_locale(), decimal_quantization=False)  # every digit counts
            return words
    return str(value)
