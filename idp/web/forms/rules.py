"""Forms about second-factor rules, exceptions and campaigns."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from idp.enforcement.new_rule import MOST_GRACE_DAYS, MOST_GRACE_SIGN_INS, MOST_REMEMBER_DAYS
from idp.web.forms import Form, clean_text, strip


def _text(label: Any, longest: int, *needed: Any) -> StringField:
    return StringField(label, filters=[strip], validators=[*needed, Length(max=longest, message=_l("This is too long.")), clean_text])


def _whole(label: Any, most: int, *, least: int = 1) -> IntegerField:
    """A number that may be left empty."""
    return IntegerField(label, validators=[Optional(), NumberRange(least, most, message=_l("This number is not possible here."))])


class RuleForm(Form):
    """Whom a rule is about, what it demands, from when, with what grace."""

    subject = SelectField(_l("Who"))
    government = SelectField(_l("Agency (for an agency or a unit)"))
    unit = _text(_l("Code of the unit (for a unit and below)"), 40)
    role = SelectField(_l("Role (for a role)"))
    status = SelectField(_l("Employment status (for a status)"))
    person = _text(_l("NIP, username or email (for one person)"), 200)
    application = _text(_l("Only for this application (its client ID; empty: for all)"), 128)
    demand = SelectField(_l("What is demanded"))
    start = DateField(_l("From (empty: now)"), validators=[Optional()])
    grace_days = _whole(_l("Days of grace (optional)"), MOST_GRACE_DAYS)
    grace_sign_ins = _whole(_l("Sign-ins of grace (optional)"), MOST_GRACE_SIGN_INS)


class NewRuleForm(RuleForm):
    """A rule alone may say how long devices are remembered."""

    remember_days = _whole(_l("Days a device may be remembered (optional; 0: never)"), MOST_REMEMBER_DAYS, least=0)


class CampaignForm(RuleForm):
    """A campaign: a name, a rule, letters."""

    name = _text(_l("Name of the campaign"), 120, InputRequired(_l("Enter a name.")))
    waves = _text(_l("Letters so many days before it binds (numbers; empty: none)"), 60)
    per_hour = _whole(_l("The most letters in an hour"), 20_000)


class ExceptionForm(Form):
    """An exception for somebody: from what, until when, why."""

    rule = SelectField(_l("From which rule"))
    application = _text(_l("Only for this application (its client ID; empty: for all)"), 128)
    until = DateField(_l("Until (at most 90 days ahead)"), validators=[InputRequired(_l("Enter a date."))])
    reason = TextAreaField(
        _l("Reason"), filters=[strip],
        validators=[
            InputRequired(_l("Say why.")), Length(min=5, max=300, message=_l("Say why, in 5 to 300 characters.")), clean_text,
        ],
    )  # fmt: skip
