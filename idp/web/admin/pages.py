"""A page of the area: who looks at it, where in the navigation it stands, what was done just before."""

from typing import Any

from flask import Response, flash, get_flashed_messages, make_response, render_template

from idp.web.viewer import viewer


def page(template: str, section: str, **values: Any) -> Response:
    """Render `template` (which extends admin/layout.html); 400 when its form or what was tried is refused (`form`, `refusal`)."""
    form = values.get("form")
    wrong = bool(values.get("refusal")) or bool(form is not None and getattr(form, "errors", None))
    values.setdefault("said", get_flashed_messages())
    answer = make_response(render_template(template, viewer=viewer(), section=section, problem=wrong, **values))
    if wrong:
        answer.status_code = 400
    return answer


def say(sentence: str) -> None:
    """Let the next page confirm what was done; `sentence` is translated already."""
    flash(sentence)
