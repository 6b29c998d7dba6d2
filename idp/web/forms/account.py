"""Forms of a signed-in person's account pages."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from idp.web.forms import LONGEST_PASSWORD, clean_text
from idp.web.forms.signin import NewPasswordForm


class ChangePasswordForm(NewPasswordForm):
    """The present password and the new one."""

    current_password = PasswordField(
        _l("Current password"),
        validators=[
            InputRequired(_l("Enter your current password.")),
            Length(max=LONGEST_PASSWORD, message=_l("A password has at most %(max)d characters.")),
            clean_text,
        ],
    )
