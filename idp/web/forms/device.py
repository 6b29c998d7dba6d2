"""The form of the page where a device's code is typed."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, ValidationError
from wtforms.validators import InputRequired, Length

from idp.tokens.devices import normalised
from idp.web.forms import Form, clean_text, strip


def _looks_right(_form: Form, field: StringField) -> None:
    if normalised(field.data or "") is None:
        raise ValidationError(_l("The code has 8 letters, for example BCDF-GHJK."))


class UserCodeForm(Form):
    """The code a device shows (RFC 8628 section 3.3); any case, with or without the dash."""

    user_code = StringField(
        _l("Code shown on the device"),
        filters=[strip],
        validators=[InputRequired(_l("Enter the code.")), Length(max=40, message=_l("This is too long.")), clean_text, _looks_right],
    )
