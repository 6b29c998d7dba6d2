"""A second factor will be demanded soon: a page between the sign-in and where it leads, each time until it is set up.

It stands behind the session, so whoever closes it is signed in; "later" is a link, and needs no script.
"""

from datetime import datetime

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.kernel.urls import local_path
from idp.policy.assurance import RANK_OF_CODES, strength
from idp.policy.second_factor import Ahead
from idp.web import language, rule_words
from idp.web.edge import deps, live_session, services
from idp.web.guards import signed_in
from idp.web.steps import COMING, paused_request
from idp.web.viewer import viewer

bp = Blueprint("coming", __name__)

_FLOW = "/interaction/"


@bp.get(COMING)
@signed_in
def coming() -> ResponseReturnValue:
    """Until when one may go on without, and where to set it up; who has set it up by now goes on at once."""
    then, live = local_path(request.args.get("then")), live_session()
    flow = then.removeprefix(_FLOW) if then.startswith(_FLOW) else None
    waits = paused_request(flow)
    reached = strength(live.amr) if live else 0
    ahead = services().dance.ahead(viewer().person_id, flow if waits else None, reached, going_on=True)
    if not ahead:
        return redirect(then, 303)
    return render_template("signin/coming.html", app=waits.client if waits else None, then=then, **words(ahead[0], deps().clock.now()))


def words(ahead: Ahead, now: datetime) -> dict[str, object]:
    """What the page says of a rule: the sentence, and where to set up what it demands."""
    resistant = ahead.rank > RANK_OF_CODES
    return {
        "sentence": rule_words.coming(ahead, now, gettext_plain, language.current()),
        "resistant": resistant,
        "set_up": "/account/passkeys/add" if resistant else "/account/factors/add",
    }


def gettext_plain(sentence: str) -> str:
    """The sentence of the page's language, its names not filled in yet."""
    return str(gettext(sentence))
