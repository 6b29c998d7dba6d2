"""Is this authorization detail what its type declares? Is it no more than another? What does a person read of it? Pure.

RFC 9396 section 5: a field that is unknown, missing, of the wrong type or with a value that is not allowed is refused.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from idp.clients.authorization_types.declaration import LONGEST_TEXT, MOST_ITEMS, OWN, DeclaredType

# Lists that say what an application wants: fewer entries are less (RFC 9396 section 2.2). Of other lists nobody can know.
_SHRINKING = ("locations", "actions", "datatypes", "privileges")
# Numbers beyond these are not the same number in every language that reads them (RFC 8259 section 6).
_LARGEST = 2**53 - 1
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Told:
    """One line for a person: its name, and a value (text, number, bool, date, moment, or a tuple of them)."""

    label: str
    value: Any


def problem(declared: DeclaredType, detail: dict[str, Any]) -> str | None:
    """Why `detail` is not one of this type, in words for a developer; None when it is."""
    own = {name: value for name, value in detail.items() if name not in OWN}
    if "locations" in detail:
        places = detail["locations"]
        known = isinstance(places, list) and 0 < len(places) <= MOST_ITEMS and all(place in declared.resources for place in places)
        if not known or len(set(places)) < len(places):
            return "locations is a list of resources that the type is about, each once"
    return _object("", {**declared.schema, "type": "object"}, own)


def narrows(detail: dict[str, Any], granted: dict[str, Any]) -> bool:
    """True when `detail` asks for nothing that `granted` does not hold (RFC 9396 section 6.1).

    The same, or with fewer entries in the lists that only say what is wanted; locations may be added where there were none.
    A field left out is no less: it may have been a limit.
    """
    if set(detail) - {"locations"} != set(granted) - {"locations"} or ("locations" in granted and "locations" not in detail):
        return False
    for name, value in detail.items():
        if name in _SHRINKING and isinstance(value, list):
            if not value or (name in granted and not all(any(_same(one, other) for other in granted[name]) for one in value)):
                return False
        elif not _same(value, granted[name]):
            return False
    return True


def told(declared: DeclaredType, detail: dict[str, Any], locale: str) -> Iterator[Told]:
    """What `detail` says, line by line, in the reader's language; in the order of the declaration."""
    yield from _told(declared.schema, detail, "title_id" if locale.startswith("id") else "title", "")


def _told(schema: dict[str, Any], value: dict[str, Any], words: str, before: str) -> Iterator[Told]:
    for name, field in schema.get("properties", {}).items():
        if name not in value:
            continue
        label, found = before + field[words], value[name]
        if field["type"] == "object":
            yield from _told(field, found, words, f"{label} · ")
        elif field["type"] == "array" and field["items"]["type"] == "object":
            for number, one in enumerate(found, 1):
                yield from _told(field["items"], one, words, f"{label} {number} · ")
        elif field["type"] == "array":
            yield Told(label, tuple(_plain(field["items"], one, words) for one in found))
        else:
            yield Told(label, _plain(field, found, words))


def _plain(field: dict[str, Any], value: Any, words: str) -> Any:
    if field.get("format") == "date":
        return date.fromisoformat(value)
    if field.get("format") == "date-time":
        return datetime.fromisoformat(value)
    return next((choice[words] for choice in field.get("oneOf", ()) if choice["const"] == value), value)


def _object(path: str, schema: dict[str, Any], value: Any) -> str | None:
    if not isinstance(value, dict):
        return f"{path.rstrip('.')} is an object"
    fields = schema.get("properties", {})
    if unknown := next((name for name in value if name not in fields), None):
        return f"{path}{unknown[:64]} is not a field of this type"
    if missing := next((name for name in schema.get("required", ()) if name not in value), None):
        return f"{path}{missing} is missing"
    return next((found for name, one in value.items() if (found := _value(f"{path}{name}", fields[name], one))), None)


def _value(path: str, field: dict[str, Any], value: Any) -> str | None:
    match field["type"]:
        case "object":
            return _object(f"{path}.", field, value)
        case "array":
            return _list(path, field, value)
        case "string":
            return _text(path, field, value)
        case "boolean":
            return None if isinstance(value, bool) else f"{path} is true or false"
        case kind:
            return _number(path, field, value, whole=kind == "integer")


def _list(path: str, field: dict[str, Any], value: Any) -> str | None:
    least, most = field.get("minItems", 1), field.get("maxItems", MOST_ITEMS)
    if not isinstance(value, list) or not least <= len(value) <= most:
        return f"{path} is a list of {least} to {most} entries"
    return next((found for one in value if (found := _value(path, field["items"], one))), None)


def _number(path: str, field: dict[str, Any], value: Any, *, whole: bool) -> str | None:
    is_one = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not is_one or not -_LARGEST <= value <= _LARGEST:
        return f"{path} is a {'whole ' if whole else ''}number"
    if not field.get("minimum", value) <= value <= field.get("maximum", value):
        return f"{path} is outside what the type allows"
    return f"{path} is not one of the values the type allows" if value not in field.get("enum", [value]) else None


def _text(path: str, field: dict[str, Any], value: Any) -> str | None:
    least, most = field.get("minLength", 1), field.get("maxLength", LONGEST_TEXT)
    if not isinstance(value, str) or not least <= len(value) <= most:
        return f"{path} is a text of {least} to {most} characters"
    # A person reads it before they agree: nothing may hide or turn around what stands there.
    if any(unicodedata.category(character) in _HIDDEN for character in value):
        return f"{path} holds characters that cannot be seen"
    allowed = field.get("enum") or [choice["const"] for choice in field.get("oneOf", ())]
    if allowed and value not in allowed:
        return f"{path} is not one of the values the type allows"
    return None if _has_format(field.get("format"), value) else f"{path} is not a {field['format']}"


def _has_format(name: str | None, value: str) -> bool:
    try:
        if name == "date":
            return len(value) == 10 and date.fromisoformat(value) is not None
        if name == "date-time":
            return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
    scheme, colon, rest = value.partition(":")
    return name != "uri" or bool(scheme.isalpha() and colon and rest and value.isascii() and " " not in value)


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: `true` is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
