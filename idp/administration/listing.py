"""What a list of people may be narrowed by, and what stands in a row of it."""

import re
from dataclasses import dataclass

from idp.directory import naming

PAGE = 50
_SEPARATORS = re.compile(r"[ .\-]")
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter of people. text: words of a name, a username, an address, or a whole number; unit: it and below; factor: with a second
    factor or without; ids: exactly these people (bulk).
    """

    text: str = ""
    government: str | None = None
    unit: str | None = None
    status: str | None = None
    factor: bool | None = None
    ids: tuple[str, ...] = ()

    @property
    def number(self) -> str | None:
        """The number that `text` is, written without separators; only a whole one finds anybody (it tells birth date and sex)."""
        bare = _SEPARATORS.sub("", self.text)
        return bare if bare.isascii() and bare.isdigit() and len(bare) >= 8 else None

    @property
    def words(self) -> tuple[str, ...]:
        """The beginnings of words that must all be found."""
        key = naming.fold(self.text)
        if "@" in key and " " not in key:
            return (key[:64],)
        return tuple(sorted(word for word in naming.words(key) if not set(word) & set(" @._-")))[:_MOST_WORDS]

    @property
    def is_hopeless(self) -> bool:
        """True when something was typed that can be nobody's: the list is empty then, not everybody."""
        return bool(self.text.strip()) and self.number is None and not self.words


@dataclass(frozen=True, slots=True)
class Row:
    """One person in a list; the number is masked by whoever shows it."""

    id: str
    full_name: str
    username: str
    number: str | None
    government: str | None
    unit: str | None
    status: str
    employment_status: str
    has_factor: bool
    has_role: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list. next: where the page after it begins (the last name and id of this one), None at the end."""

    rows: tuple[Row, ...]
    next: tuple[str, str] | None
