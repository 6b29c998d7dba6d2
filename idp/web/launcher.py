"""How the start page arranges what a person may open: searched, grouped by government and topic. Pure but for translations."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from flask_babel import gettext

from idp.portal.catalogue import Listed

LONGEST_QUERY = 60
_KINDS_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")


@dataclass(frozen=True, slots=True)
class Group:
    """One heading with what stands under it, by topic; a topic without a name comes first."""

    title: str
    topics: list[tuple[str, list[Listed]]]
    note: str | None = None


@lru_cache(maxsize=4096)  # the texts of a list that seldom changes are folded for each request
def folded(text: str) -> str:
    """`text` for comparing: without accents, case and width, and without what cannot be seen."""
    apart = unicodedata.normalize("NFKD", text)
    bare = (character for character in apart if not unicodedata.combining(character))
    return "".join(character for character in bare if unicodedata.category(character) not in _KINDS_HIDDEN).casefold()


def question(asked: str) -> str:
    """What was typed, as it is shown again: without what cannot be seen, in one line, at most LONGEST_QUERY characters."""
    seen = (" " if character in "\t\r\n" else character for character in asked[: 10 * LONGEST_QUERY])
    plain = "".join(character for character in seen if unicodedata.category(character) not in _KINDS_HIDDEN)
    return " ".join(plain.split())[:LONGEST_QUERY].strip()


def matching(entries: Iterable[Listed], query: str) -> list[Listed]:
    """The entries whose name, description, topic or government hold every word of the query, in whatever language."""
    words = folded(query).split()
    return [entry for entry in entries if all(word in _haystack(entry) for word in words)] if words else list(entries)


def _haystack(entry: Listed) -> str:
    parts = (entry.name, entry.name_id, entry.description, entry.description_id, entry.topic, entry.government)
    return folded(" ".join(part for part in parts if part))


def grouped(entries: Iterable[Listed], locale: str, own_government: str | None) -> list[Group]:
    """By government: the person's own first, then what is for all, then the others, then systems with their own accounts."""
    ordered = sorted(entries, key=lambda entry: (_place(entry, own_government), entry.label(locale).casefold(), entry.item))
    return [_group(place[0], list(some)) for place, some in groupby(ordered, key=lambda entry: _place(entry, own_government))]


def _place(entry: Listed, own_government: str | None) -> tuple[int, str]:
    if entry.client_id is None:
        return 3, ""
    if entry.government_code is None:
        return 1, ""
    return (0 if entry.government_code == own_government else 2), (entry.government or entry.government_code).casefold()


def _group(rank: int, some: Sequence[Listed]) -> Group:
    if rank == 3:
        note = gettext("These have accounts of their own: you sign in there separately.")
        return Group(gettext("National systems"), [("", list(some))], note)
    title = gettext("For all governments") if rank == 1 else some[0].government or some[0].government_code or ""
    topics: dict[str, tuple[str, list[Listed]]] = {}
    # They come by name, and sorting keeps that within a topic.
    for entry in sorted(some, key=lambda one: folded(one.topic or "")):
        topics.setdefault(folded(entry.topic or ""), (entry.topic or "", []))[1].append(entry)
    return Group(title, list(topics.values()))
