"""A second factor is suggested, where none is demanded: a page between the sign-in and the application, until it is answered.

It stands behind the session, so whoever closes it is signed in; the answer "not now" is kept with the person.
"""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from idp.kernel.urls import local_path
from idp.web.edge import actor, services
from idp.web.guards import signed_in
from idp.web.steps import SUGGESTION, paused_request
from idp.web.viewer import viewer

bp = Blueprint("suggestion", __name__)

_FLOW = "/interaction/"


@bp.get(SUGGESTION)
@signed_in
def suggested() -> ResponseReturnValue:
    """Set it up, or go on without; who has a factor by now goes on at once."""
    then = local_path(request.args.get("then"))
    if services().factors.has_second_factor(viewer().person_id):
        return redirect(then, 303)
    waits = paused_request(then.removeprefix(_FLOW)) if then.startswith(_FLOW) else None
    return render_template("signin/suggested.html", app=waits.client if waits else None, then=then)


@bp.post("/account/factors/later")
@signed_in
def later() -> ResponseReturnValue:
    """Not now: it is not suggested again."""
    services().people.decline_factor_suggestion(actor(), viewer().person_id)
    return redirect(local_path(request.form.get("then")), 303)
