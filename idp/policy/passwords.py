"""What a password must be: NIST SP 800-63B-4 section 3.1.1.2, ASVS 6.2.

Length and a blocklist; no composition rule, no rotation, no truncation. Every refusal has a reason that is shown.
"""

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

LONGEST = 128  # code points
_LONGEST_INPUT = 1_024  # code points before NFC, which can only shorten so much
_LEFT = 8  # what must remain when the words that anyone could guess are taken away
_SHORTEST_WORD = 4
# A 1 or ! stands for an l or an i, so both readings are looked at.
_LOOKALIKES = tuple(str.maketrans("034578@$+1!", "oeastbast" + letter * 2) for letter in "li")


@dataclass(frozen=True, slots=True)
class Rules:
    """minimum: code points; blocked: casefolded passwords and words that are too common."""

    minimum: int
    blocked: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """What somebody who knows the person would try first."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    birthdate: date | None = None
    organisation: tuple[str, ...] = ()


def normalise(password: str) -> str:
    """NFC, so that both Unicode spellings of one password sign in (NIST SP 800-63B-4 section 3.1.1.2)."""
    return unicodedata.normalize("NFC", password)


def acceptable_input(password: str) -> bool:
    """False for what can never be a password here and is refused before any hashing: too long, or not text."""
    if not password or len(password) > _LONGEST_INPUT or "\0" in password:
        return False
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return len(normalise(password)) <= LONGEST


def problem(password: str, rules: Rules, context: Context) -> str | None:
    """The first reason why `password` is refused, or None.

    Reasons: too_long, too_short, contains_number, contains_birthdate, contains_name, contains_organisation, too_common.
    (same_as_old needs a hash and is the service's.)
    """
    if not acceptable_input(password):
        return "too_short" if not password else "too_long"
    text = normalise(password).casefold()
    if len(normalise(password)) < rules.minimum:
        return "too_short"
    return (
        _numbers(text, context)
        or _without(text, _words(context.names), "contains_name")
        or _without(text, _words(context.organisation), "contains_organisation")
        or _without(text, _words((*context.names, *context.organisation)), "contains_name")
        or _common(text, rules.blocked)
    )


def _numbers(text: str, context: Context) -> str | None:
    digits = re.sub(r"[\s.\-/]", "", text)
    if any(len(number) >= 6 and number.casefold() in digits for number in context.numbers):
        return "contains_number"
    if context.birthdate is None:
        return None
    born = context.birthdate
    if any(born.strftime(shape) in digits for shape in ("%d%m%Y", "%Y%m%d", "%m%d%Y")):
        return "contains_birthdate"
    rest = re.sub(born.strftime("%d%m%y") + "|" + born.strftime("%y%m%d"), "", digits)
    return "contains_birthdate" if rest != digits and len(rest) < _LEFT else None


def _words(texts: Iterable[str]) -> tuple[str, ...]:
    """Names and their parts, casefolded, longest first; parts of a few letters would forbid too much by chance."""
    found: set[str] = set()
    for text in texts:
        folded = normalise(text).casefold()
        parts = re.split(r"[\W_]+", folded)
        found.update(part for part in (*parts, "".join(parts)) if len(part) >= _SHORTEST_WORD)
    return tuple(sorted(found, key=len, reverse=True))


def _without(text: str, words: tuple[str, ...], reason: str) -> str | None:
    """`reason` when what remains beside the words is too little to protect anything."""
    for spelling in _readings(text):
        rest = spelling
        for word in words:
            rest = rest.replace(word, "")
        if rest != spelling and _substance(rest) < _LEFT:
            return reason
    return None


def _readings(text: str) -> set[str]:
    return {text, *(text.translate(table) for table in _LOOKALIKES)}


def _substance(text: str) -> int:
    """Letters and digits, and each other sign once: a row of exclamation marks protects nothing."""
    signs = re.findall(r"[\W_]", text)
    return len(text) - len(signs) + len({sign for sign in signs if not sign.isspace()})


def _common(text: str, blocked: Collection[str]) -> str | None:
    """Common as it stands, in disguise (numbers around it, look-alike signs), or one thing repeated or counted up."""
    trimmed = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    cores = {reading for core in (text, trimmed, re.sub(r"[\W_]", "", text)) for reading in _readings(core)}
    cores |= {re.sub(r"^\d+|\d+$", "", re.sub(r"[\W_]", "", core)) for core in cores}
    if any(core in blocked or _glued(core, blocked) for core in cores if core):
        return "too_common"
    weak = len(set(text)) < 5 or re.sub(r"[\W_]", "", text).isdigit() or _repeats(text) or _counts(text)
    return "too_common" if weak else None


def _glued(text: str, blocked: Collection[str]) -> bool:
    """True for two common words with nothing between, e.g. passwordletmein."""
    return any(text[:cut] in blocked and text[cut:] in blocked for cut in range(4, len(text) - 3))


def _repeats(text: str) -> bool:
    return any(text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, min(6, len(text) // 2) + 1))


def _counts(text: str) -> bool:
    """True when nearly every character follows the one before it, as in abcdefgh."""
    steps = [ord(right) - ord(left) for left, right in itertools.pairwise(text)]
    return bool(steps) and max(steps.count(1), steps.count(-1)) >= 0.8 * len(steps)
