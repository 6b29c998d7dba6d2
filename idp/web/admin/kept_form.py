"""A form that was sent too late after the last proof is kept in its browser until its person has proved again.

It stands in the signed form cookie, for one person and one page, for fifteen minutes; no form of this area has a secret in it.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import flash, request
from flask import session as form_session
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from idp.web.edge import deps, live_session
from idp.web.forms import Form
from idp.web.guards import nearest_page

AForm = TypeVar("AForm", bound=Form)
_KEY = "kept_form"
_LIFE = timedelta(minutes=15)
_LONGEST = 1800  # a cookie holds 4 KB, signed and encoded


def keep_form(person_id: str) -> None:
    """Keep what was just sent, unless it is too long for a cookie."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    if sum(len(name) + len(value) for name, value in fields) <= _LONGEST:
        kept = {"by": person_id, "page": nearest_page(), "fields": fields, "at": deps().clock.now().isoformat()}
        form_session[_KEY] = kept


def form_of(kind: type[AForm], **defaults: Any) -> AForm:
    """The form of this request: what was sent, or on a page what its person had sent too late, or `defaults`."""
    if request.method not in ("GET", "HEAD"):
        return kind(**defaults)
    kept = _take()
    if kept is None:
        return kind(**defaults)
    flash(gettext("What you had typed is still here. Look at it once more, then send it."))
    return kind(formdata=kept, **defaults)


def _take() -> "MultiDict[str, str] | None":
    kept, live = form_session.get(_KEY), live_session()
    if not isinstance(kept, dict) or live is None or kept.get("page") != nearest_page():
        return None
    del form_session[_KEY]
    late = deps().clock.now() - datetime.fromisoformat(kept["at"]) > _LIFE
    return None if late or kept.get("by") != live.person_id else MultiDict((name, value) for name, value in kept["fields"])
