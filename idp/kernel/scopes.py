"""Scope strings (RFC 6749 section 3.3)."""

import re
from collections.abc import Iterable

_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def parse(text: str | None) -> tuple[str, ...]:
    """The scope tokens of `text` in their order, without repeats; ValueError on a character RFC 6749 forbids."""
    tokens = tuple(dict.fromkeys((text or "").split(" ")))
    kept = tuple(token for token in tokens if token)
    if any(not _TOKEN.fullmatch(token) for token in kept):
        raise ValueError("a scope has a character that RFC 6749 section 3.3 does not allow")
    return kept


def format_scopes(tokens: Iterable[str]) -> str:
    """Join scope tokens with single spaces."""
    return " ".join(tokens)


def within(asked: Iterable[str], allowed: Iterable[str]) -> bool:
    """True when every asked scope is allowed."""
    return set(asked) <= set(allowed)
