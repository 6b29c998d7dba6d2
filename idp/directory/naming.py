"""How usernames, names, addresses and telephone numbers are written and compared. Pure.

All spellings of an account lead to one key, so that they share one row, one throttle counter and one uniqueness rule.
"""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from idp.kernel.errors import Invalid

_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
_LONGEST = 254
_BETWEEN = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """The key by which usernames and addresses are compared: NFKC, casefolded, trimmed.

    Empty for what cannot be a key: too long, or with control or unpaired surrogate characters.
    """
    if len(text) > _LONGEST:
        return ""
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
    return key if len(key) <= _LONGEST and key.isprintable() else ""


def words(*texts: str | None) -> frozenset[str]:
    """The words by whose beginnings somebody is found: folded, split where a letter or digit ends, at most 64 characters each;
    an address or username also whole."""
    found: set[str] = set()
    for text in texts:
        key = fold(text or "")
        found.update(part[:64] for part in _BETWEEN.split(key) if part)
        if key and " " not in key:
            found.add(key[:64])
    return frozenset(found)


def is_username(key: str) -> bool:
    """True when a folded text has the form of a username."""
    return _USERNAME.fullmatch(key) is not None


def username(text: str) -> str:
    """The folded username; Invalid (field ``username``) when it may not be one."""
    key = fold(text)
    if not is_username(key):
        raise Invalid("username.form", "username: 1-64 of a-z, 0-9, and . _ @ + - inside", field="username")
    return key


def display(text: str | None, field: str, *, longest: int = 200) -> str | None:
    """A name or title, NFC and trimmed, None for an empty one; Invalid when too long or not printable."""
    if text is None:
        return None
    clean = unicodedata.normalize("NFC", text).strip()
    if len(clean) > longest or not clean.isprintable():
        raise Invalid(f"{field}.form", f"{field}: at most {longest} printable characters", field=field)
    return clean or None


def email(text: str) -> str:
    """An address as written, normalised; Invalid (field ``email``) when it is none.

    Hosts of the government's own network need not exist on the Internet, so no deliverability is asked.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except (EmailNotValidError, UnicodeError):
        raise Invalid("email.form", "email: this is not a mail address", field="email") from None
    return found.normalized


def phone(text: str) -> str:
    """A telephone number as E.164 (``08…`` becomes ``+628…``); Invalid (field ``phone``) when it is none."""
    bare = re.sub(r"[\s().-]", "", text)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    elif bare.startswith("0"):
        bare = f"+62{bare[1:]}"
    elif bare.startswith("62"):
        bare = f"+{bare}"
    if not _PHONE.fullmatch(bare):
        raise Invalid("phone.form", "phone: this is not a telephone number", field="phone")
    return bare
