"""Forms: the shape of what a page may send (length, characters, presence); services check whether it is true."""

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, ValidationError

# A password is at most 128 code points; 4 bytes each. What is longer is never hashed (ASVS 6.2.9, attack P6).
LONGEST_PASSWORD = 128
LONGEST_NAME = 254
_UNTYPABLE = re.compile("[\x00-\x1f\ud800-\udfff]")


# What the library refuses by itself, in our words: its own catalogue has no Indonesian.
_LIBRARY: dict[str, Any] = {
    "Not a valid choice.": _l("Choose one of the list."),
    "Not a valid date value.": _l("Enter a date."),
}


class _Words:
    """The library's sentences through our catalogue; one that is not known here becomes a general one."""

    def gettext(self, sentence: str) -> str:
        """One sentence."""
        return str(_LIBRARY.get(sentence) or gettext("Check what you entered."))

    def ngettext(self, singular: str, _plural: str, _count: int) -> str:
        """One that counts."""
        return self.gettext(singular)


class Form(FlaskForm):  # type: ignore[misc]
    """A POSTed form, whose origin `web/csrf.py` has checked; `visible_errors` feeds the error summary."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """How the library speaks."""

        def get_translations(self, _form: Any) -> _Words:
            """Through our catalogue."""
            return _Words()

    def visible_errors(self) -> list[Field]:
        """The fields a person can see that have an error, in the order of the page."""
        return [field for field in self if field.errors]

    def refuse(self, name: str, sentence: Any) -> None:
        """Attach an error found by a service to the field `name`."""
        field = self[name]
        field.errors = [*field.errors, sentence]


class ActionForm(Form):
    """A button: it asks for nothing."""


def clean_text(_form: Form, field: Field) -> None:
    """Refuse control characters and unpaired surrogates, which no identifier or name has."""
    if not is_clean(field.data or ""):
        raise ValidationError(_l("Remove characters that cannot be typed."))


def is_clean(text: str) -> bool:
    """True without control characters and unpaired surrogates."""
    return _UNTYPABLE.search(text) is None


def strip(value: str | None) -> str | None:
    """White space around a typed value is never meant (never used for passwords)."""
    return value.strip() if value else value
