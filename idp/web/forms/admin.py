"""Forms of the administration area."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional

from idp.web.forms import Form, clean_text, strip


def _text(label: Any, longest: int, missing: Any = None) -> StringField:
    """One line; missing: what is said when it is left empty and may not be."""
    needed = [InputRequired(missing)] if missing is not None else []
    return StringField(label, filters=[strip], validators=[*needed, Length(max=longest, message=_l("This is too long.")), clean_text])


class ReasonForm(Form):
    """A deed and why; the reason is kept in the record."""

    reason = TextAreaField(
        _l("Reason"), filters=[strip],
        validators=[
            InputRequired(_l("Say why.")), Length(min=5, max=300, message=_l("Say why, in 5 to 300 characters.")), clean_text,
        ],
    )  # fmt: skip


class RoleForm(Form):
    """A role to give, and where."""

    role = SelectField(_l("Role"), validators=[InputRequired(_l("Choose a role."))])
    government = SelectField(_l("Where"), validators=[InputRequired(_l("Choose where."))])
    unit = _text(_l("Only in this unit and below (its code; empty: everywhere there)"), 40)


class UnitForm(Form):
    """A unit: code, name, kind, above."""

    code = _text(_l("Code"), 40, _l("Enter a code."))
    name = _text(_l("Name"), 200, _l("Enter a name."))
    kind = SelectField(_l("Kind"))


class UnitNameForm(Form):
    """Another name."""

    name = _text(_l("Name"), 200, _l("Enter a name."))


class UnitMoveForm(Form):
    """Another place below the government: the code of the unit above, or none."""

    parent = _text(_l("Code of the unit above (empty: directly below the government)"), 40)


class UnitCloseForm(Form):
    """The end of a unit."""

    successor = _text(_l("Code of the successor (optional)"), 40)
    day = DateField(_l("First day without it (empty: today)"), validators=[Optional()])


class PostForm(Form):
    """A post for somebody."""

    government = SelectField(_l("Agency"))
    unit = _text(_l("Code of the unit"), 40, _l("Enter a code."))
    position = _text(_l("Position"), 200)
    primary = BooleanField(_l("This is the main post (it moves the person to the unit's government)"), default=True)


class ExportForm(Form):
    """The form of a file of events."""

    style = SelectField(_l("Form of the file"), default="jsonl", choices=[
        SelectChoice("jsonl", _l("JSON Lines with proof")),
        SelectChoice("csv", _l("CSV")),
        SelectChoice("syslog", _l("Syslog (RFC 5424)")),
    ])  # fmt: skip
