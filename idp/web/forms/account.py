"""Forms of a signed-in person's account pages."""

from flask_babel import lazy_gettext as _l

from idp.web.forms.signin import NewPasswordForm, password_field


class ChangePasswordForm(NewPasswordForm):
    """The present password and the new one."""

    current_password = password_field(_l("Current password"), _l("Enter your current password."))
