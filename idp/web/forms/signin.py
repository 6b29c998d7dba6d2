"""Forms on the way in: sign-in, codes, links."""

from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Regexp

from idp.web.forms import LONGEST_NAME, LONGEST_PASSWORD, Form, clean_text, is_clean, strip


def password_field(label: Any, missing: Any) -> PasswordField:
    """A password, present or new; missing: what is said when it is left empty."""
    return PasswordField(
        label,
        validators=[
            InputRequired(missing),
            Length(max=LONGEST_PASSWORD, message=_l("A password has at most %(max)d characters.")),
            clean_text,
        ],
    )


def _account_name() -> StringField:
    return StringField(
        _l("NIP / NI PPPK, email, or username"),
        filters=[strip],
        validators=[
            InputRequired(_l("Enter your NIP, email, or username.")),
            Length(max=LONGEST_NAME, message=_l("This is too long.")),
            clean_text,
        ],
    )


class SignInForm(Form):
    """Name and password; the same shape for everybody, so that it tells nothing about accounts."""

    username = _account_name()
    password = password_field(_l("Password"), _l("Enter your password."))
    UNTICKED = ("", "false")
    shared_computer = BooleanField(_l("This is a shared computer"), false_values=(False, *UNTICKED))


@dataclass(frozen=True, slots=True)
class TypedSignIn:
    """What a `SignInForm` without errors holds."""

    username: str
    password: str = field(repr=False)
    shared_computer: bool

    @classmethod
    def of(cls, fields: MultiDict[str, str]) -> "TypedSignIn | None":
        """From the fields sent; None where `SignInForm` finds an error. A form object is dear, and most sign-ins need none."""
        name, password = fields.get("username", ""), fields.get("password", "")
        username = name.strip()
        whole = bool(name) and len(username) <= LONGEST_NAME and 0 < len(password) <= LONGEST_PASSWORD
        if not whole or not is_clean(username) or not is_clean(password):
            return None
        return cls(username, password, fields.get("shared_computer", "") not in SignInForm.UNTICKED)


class CodeForm(Form):
    """A one-time code of 6 digits; spaces are allowed, as apps show them."""

    code = StringField(
        _l("One-time code (OTP)"),
        filters=[lambda value: "".join(value.split()) if value else value],
        validators=[InputRequired(_l("Enter the 6-digit code.")), Regexp(r"^[0-9]{6}\Z", message=_l("The code has 6 digits."))],
    )


class SecondStepForm(CodeForm):
    """The code, and whether the device may be remembered where policy allows it."""

    remember = BooleanField(_l("Remember this device"), false_values=(False, "", "false"))


class KeyForm(Form):
    """The answer of a passkey or security key, as its script puts it there (WebAuthn Level 3, section 5.1.8)."""

    credential = HiddenField(filters=[strip])


class NewKeyForm(KeyForm):
    """A new passkey, and what the person calls it."""

    name = StringField(
        _l("Name of this passkey"),
        filters=[strip],
        validators=[InputRequired(_l("Give the passkey a name.")), Length(max=60, message=_l("This is too long.")), clean_text],
    )


class RecoveryCodeForm(Form):
    """A recovery code as printed; how it is grouped does not matter."""

    code = StringField(
        _l("Recovery code"),
        filters=[strip],
        validators=[InputRequired(_l("Enter a recovery code.")), Length(max=64, message=_l("This is too long.")), clean_text],
    )


class AgencyCodeForm(Form):
    """A single-use code as the agency printed it."""

    code = StringField(
        _l("Single-use code"),
        filters=[strip],
        validators=[InputRequired(_l("Enter the single-use code.")), Length(max=64, message=_l("This is too long.")), clean_text],
    )


class EnrolForm(CodeForm):
    """The first code of a new authenticator app, and what the person calls it."""

    name = StringField(
        _l("Device name"),
        filters=[strip],
        validators=[InputRequired(_l("Give the device a name.")), Length(max=60, message=_l("This is too long.")), clean_text],
    )


class NewPasswordForm(Form):
    """A new password, typed twice because a page without JavaScript cannot show it."""

    new_password = password_field(_l("New password"), _l("Enter a new password."))
    confirm_password = PasswordField(
        _l("Confirm new password"),
        validators=[InputRequired(_l("Enter the new password again.")), EqualTo("new_password", message=_l("Passwords do not match."))],
    )


class ForgotForm(Form):
    """Who forgot their password."""

    username = _account_name()


class ActivationCodeForm(Form):
    """An activation code handed out by the agency."""

    code = StringField(
        _l("Activation code"),
        filters=[strip],
        validators=[InputRequired(_l("Enter the activation code.")), Length(max=128, message=_l("This is too long.")), clean_text],
    )
