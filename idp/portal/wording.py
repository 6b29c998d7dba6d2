"""Texts that administrators give for people to read: one line, nothing hidden in it. Pure."""

import unicodedata

from idp.kernel.errors import Invalid

# Cc: controls, NUL and line ends among them; Cf: marks that turn the writing around or hide; Cs: half a character; Co: private use.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co"})


def line(text: str | None, *, field: str, longest: int) -> str | None:
    """`text` trimmed and in NFC; None when there is none. Raises Invalid when it is too long or has characters nobody sees."""
    plain = unicodedata.normalize("NFC", (text or "").strip())
    if not plain:
        return None
    if len(plain) > longest:
        raise Invalid("portal.text", f"{field}: at most {longest} characters", field=field)
    if any(unicodedata.category(character) in _HIDDEN for character in plain):
        raise Invalid("portal.text", f"{field}: it has a line end or another character that cannot be seen", field=field)
    return plain


def needed(text: str | None, *, field: str, longest: int) -> str:
    """The same for a text that must be there."""
    found = line(text, field=field, longest=longest)
    if found is None:
        raise Invalid("portal.text", f"{field}: give a text", field=field)
    return found
