"""Forms of a signed-in person's account pages."""

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import AnyOf, InputRequired, Length

from idp.directory.corrections import LONGEST_NOTE, LONGEST_WANTED
from idp.web.forms import Form, clean_text, strip
from idp.web.forms.signin import NewPasswordForm, password_field


class ChangePasswordForm(NewPasswordForm):
    """The present password and the new one."""

    current_password = password_field(_l("Current password"), _l("Enter your current password."))


class CorrectionForm(Form):
    """What is wrong in the employment data, and what is right."""

    FIELDS: ClassVar[dict[str, Any]] = {
        "name": _l("Full name"), "titles": _l("Titles"), "birthdate": _l("Birth date"), "number": _l("NIP / NI PPPK"),
        "employment_status": _l("Employment status"), "government": _l("Agency"), "unit": _l("Work unit"), "position": _l("Position"),
        "grade": _l("Grade"), "email": _l("Email"), "phone": _l("Phone number"), "other": _l("Something else"),
    }  # fmt: skip
    field = SelectField(
        _l("What is wrong"),
        choices=[SelectChoice(value, label) for value, label in FIELDS.items()],
        validate_choice=False,  # the library's own refusal speaks English
        validators=[AnyOf(FIELDS, message=_l("Choose what is wrong."))],
    )
    wanted = StringField(
        _l("What is right"),
        filters=[strip],
        validators=[
            InputRequired(_l("Write what is right.")), Length(max=LONGEST_WANTED, message=_l("This is too long.")), clean_text,
        ],
    )  # fmt: skip
    note = TextAreaField(_l("Note (optional)"), filters=[strip], validators=[Length(max=LONGEST_NOTE, message=_l("This is too long."))])

    @classmethod
    def words(cls, field: str) -> Any:
        """What a field is called."""
        return cls.FIELDS.get(field, field)
