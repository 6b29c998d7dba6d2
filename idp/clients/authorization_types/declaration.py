"""What a type of authorization details may look like: a part of JSON Schema, with words for people at every field. Pure.

A declaration is a valid JSON Schema (2020-12) of one object, so an API can check what it receives by the same document. Only
what is listed here is taken: no patterns and no references, so that checking a value costs no more than its size, and nothing
that a person could not be told. Fields that are not declared are refused (RFC 9396 section 5).
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from idp.kernel.errors import Invalid

# Every type has these of its own: what it is, and at which of its resources (RFC 9396 sections 2 and 2.2).
OWN = ("type", "locations")
FORMATS = ("date", "date-time", "uri")
LONGEST_TEXT, MOST_ITEMS = 200, 20
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_TYPE = re.compile(r"[!-~]{1,128}")
_MOST_FIELDS, _DEEPEST, _LONGEST_SCHEMA = 40, 3, 16_384
_WORDS = {"title", "title_id", "description"}
_KEYWORDS: dict[str, set[str]] = {
    "string": {"minLength", "maxLength", "enum", "oneOf", "format"},
    "integer": {"minimum", "maximum", "enum"},
    "number": {"minimum", "maximum"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required", "additionalProperties"},
}
_COUNTS = {"minLength": 1000, "maxLength": 1000, "minItems": 50, "maxItems": 50}


@dataclass(frozen=True, slots=True)
class DeclaredType:
    """One type. resources: the APIs it is about; without_person: a client may ask for it in a token of its own."""

    type: str
    title: str
    title_id: str
    schema: dict[str, Any]
    resources: tuple[str, ...]
    without_person: bool

    def label(self, locale: str) -> str:
        """What it lets an application do, in the reader's language."""
        return self.title_id if locale.startswith("id") else self.title

    def places(self, detail: dict[str, Any]) -> frozenset[str]:
        """The resources that `detail` is meant for: the locations it names, else all of the type's."""
        return frozenset(detail.get("locations") or self.resources)


def check_type(name: str, title: str, title_id: str, schema: object) -> None:
    """Raises Invalid, naming the field, for the first rule that a declaration breaks."""
    if not _TYPE.fullmatch(name):
        _refuse("type", "a type has 1 to 128 visible ASCII characters")
    for field, words in (("title", title), ("title_id", title_id)):
        _check_words(field, words, 200)
    if not isinstance(schema, dict) or len(json.dumps(schema)) > _LONGEST_SCHEMA:
        _refuse("schema", f"the schema is a JSON object of at most {_LONGEST_SCHEMA:,} characters")
    if schema.get("type", "object") != "object":
        _refuse("schema", "the schema describes an object")
    _check_keywords("schema", schema, {"$schema", "type", *_KEYWORDS["object"]})
    if _check_object("", schema, 0) > _MOST_FIELDS:
        _refuse("schema", f"there are at most {_MOST_FIELDS} fields")


def _check_object(path: str, schema: dict[str, Any], depth: int) -> int:
    """Check the fields of an object; gives how many there are, those inside counted."""
    fields, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(fields, dict) or not isinstance(required, list) or schema.get("additionalProperties", False) is not False:
        _refuse("schema", f"{path or 'the schema'}: properties is an object, required a list, additionalProperties false")
    if unknown := [str(name) for name in required if name not in fields]:
        _refuse("schema", f"{path or 'the schema'}: required names {unknown[0]!r}, which is not among the properties")
    if depth >= _DEEPEST:
        _refuse("schema", f"{path}: objects stand in objects at most {_DEEPEST} deep")
    count = len(fields)
    for name, field in fields.items():
        if not _NAME.fullmatch(name) or (depth == 0 and name in OWN):
            _refuse("schema", f"{path}{name!r} cannot be the name of a field; type and locations are every type's own")
        if not isinstance(field, dict):
            _refuse("schema", f"{path}{name}: a field is described by an object")
        for words in ("title", "title_id"):
            _check_words(f"{path}{name}.{words}", field.get(words), 80)
        count += _check_field(f"{path}{name}.", field, depth)
    return count


def _check_field(path: str, field: dict[str, Any], depth: int, *, inside: bool = False) -> int:
    kind = field.get("type")
    if not isinstance(kind, str) or kind not in _KEYWORDS or (inside and kind == "array"):
        _refuse("schema", f"{path}type is one of {', '.join(_KEYWORDS)}; a list holds no lists")
    _check_keywords(path, field, {"type", *_WORDS, *_KEYWORDS[kind]})
    _check_limits(path, field)
    if kind == "object":
        return _check_object(path, field, depth + 1)
    if kind == "array":
        items = field.get("items")
        if not isinstance(items, dict):
            _refuse("schema", f"{path}items says what the list holds")
        return _check_field(f"{path}items.", items, depth, inside=True)
    if kind == "string":
        _check_choices(path, field)
    return 0


def _check_keywords(path: str, schema: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(schema) - known):
        _refuse("schema", f"{path}: {unknown[0]!r} is not among what can be said here: {', '.join(sorted(known))}")


def _check_limits(path: str, field: dict[str, Any]) -> None:
    for name, most in _COUNTS.items():
        value = field.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            _refuse("schema", f"{path}{name} is a number from 0 to {most}")
    for name in ("minimum", "maximum"):
        value = field.get(name, 0)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            _refuse("schema", f"{path}{name} is a number")
    if "enum" in field and not _is_list_of(field["enum"], str if field["type"] == "string" else int):
        _refuse("schema", f"{path}enum is a list of values of the field's type")
    if field.get("format") not in (None, *FORMATS):
        _refuse("schema", f"{path}format is one of {', '.join(FORMATS)}")


def _check_choices(path: str, field: dict[str, Any]) -> None:
    """`oneOf`: values with their words, where an `enum` shows the value as it is."""
    choices = field.get("oneOf", [])
    if not isinstance(choices, list) or len(choices) > 100 or ("oneOf" in field and not choices):
        _refuse("schema", f"{path}oneOf is a list of at most 100 values with their words")
    for choice in choices:
        if not isinstance(choice, dict) or set(choice) != {"const", "title", "title_id"} or not isinstance(choice["const"], str):
            _refuse("schema", f"{path}oneOf: each has const (text), title and title_id")
        for words in ("title", "title_id"):
            _check_words(f"{path}oneOf.{words}", choice[words], 80)


def _is_list_of(values: object, kind: type) -> bool:
    return isinstance(values, list) and 0 < len(values) <= 100 and all(type(value) is kind for value in values)


def _check_words(field: str, words: object, longest: int) -> None:
    if not isinstance(words, str) or not 0 < len(words.strip()) <= longest or not words.isprintable():
        _refuse(field, f"{field}: give words for people, 1 to {longest} characters, in English and (title_id) in Indonesian")


def _refuse(field: str, sentence: str) -> NoReturn:
    raise Invalid(f"authorization_types.{field.rpartition('.')[2]}", sentence, field=field)
