"""My data: employment data as known, what should be corrected, and everything to take along (UU 27/2022)."""

import json
from datetime import datetime
from functools import cache

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from idp.kernel.errors import Conflict, Invalid
from idp.web import messages
from idp.web.account import printed
from idp.web.account.names import client_name, correction_state
from idp.web.account.overview import known
from idp.web.edge import actor, services
from idp.web.forms.account import CorrectionForm
from idp.web.guards import fresh, signed_in
from idp.web.viewer import page, person, say, viewer

bp = Blueprint("account_data", __name__)

_HERE = "/account/data"


@bp.get(_HERE)
@signed_in
def data() -> ResponseReturnValue:
    """What is known of the person, where it comes from, and the requests they made."""
    return _page(CorrectionForm())


@bp.post("/account/data/corrections")
@signed_in
def ask() -> ResponseReturnValue:
    """Ask for a correction."""
    form = CorrectionForm()
    if form.validate_on_submit():
        try:
            services().corrections.ask(actor(), person(), form.field.data, form.wanted.data or "", form.note.data or "")
        except (Invalid, Conflict) as error:
            form.refuse(str(error.params.get("field", "wanted")), messages.sentence(error))
        else:
            say("correction_asked")
            return redirect(_HERE, 303)
    return _page(form)


@bp.post("/account/data/corrections/<correction_id>/take-back")
@signed_in
def take_back(correction_id: str) -> ResponseReturnValue:
    """A request of one's own that is needed no more."""
    services().corrections.take_back(actor(), viewer().person_id, correction_id)
    say("correction_taken_back")
    return redirect(_HERE, 303)


@bp.get("/account/data/download")
@fresh
def choose() -> ResponseReturnValue:
    """As a file or as a page; each download is recorded, so it is a form."""
    return page("account/download.html", _HERE)


@bp.post("/account/data/download")
@fresh
def download() -> ResponseReturnValue:
    """Everything held of the person, as JSON or as a page to print."""
    form = "html" if request.form.get("form") == "html" else "json"
    found = services().my_data.export(actor(), viewer().person_id, form)
    if form == "html":
        parts, at = printed.sections(found, cache(client_name)), datetime.fromisoformat(found["made_at"])
        return make_response(render_template("account/export.html", viewer=viewer(), section=_HERE, sections=parts, made_at=at))
    answer = Response(json.dumps(found, ensure_ascii=False, indent=2) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


def _page(form: CorrectionForm) -> Response:
    live = viewer()
    profile = services().directory.profile(live.person_id, ("openid", "profile", "email", "phone", "asn"))
    asked = [(str(CorrectionForm.words(row.field)), correction_state(row.state), row)
             for row in services().corrections.of_person(live.person_id)]  # fmt: skip
    posts = profile.posts if profile else ()
    return page("account/data.html", _HERE, form=form, profile=known(profile) if profile else [], posts=posts, asked=asked,
                source=profile.updated_at if profile else None)  # fmt: skip
