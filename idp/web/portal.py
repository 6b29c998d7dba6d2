"""The start page: the applications this person may open, searched without a script, with what they keep at the top."""

from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.recovery_codes import FEW_CODES
from idp.authn.sessions import LiveSession
from idp.kernel.errors import NotFound
from idp.kernel.urls import local_path
from idp.policy.access import Allowed, ClientFacts, PersonFacts, may_use
from idp.portal.catalogue import Listed
from idp.web import language
from idp.web.edge import actor, services
from idp.web.guards import public, read_only, signed_in
from idp.web.launcher import grouped, matching, question
from idp.web.viewer import viewer

bp = Blueprint("portal", __name__)

RECENT = 6
SEARCHED_FROM = 6  # fewer are seen at a glance


@bp.get("/")
@signed_in
def portal() -> ResponseReturnValue:
    """Every application the signed-in person may use, or those that match the search."""
    live = viewer()
    entries = openable(live)
    query = question(request.args.get("q", ""))
    by_item = {entry.item: entry for entry in entries}
    kept = [item for item in services().favourites.of(live.person_id) if item in by_item]
    last = (f"app:{client_id}" for client_id in services().grants.recent(live.person_id, RECENT))
    return render_template(
        "portal.html",
        viewer=live,
        groups=grouped(matching(entries, query), language.current(), live.government_code),
        favourites=[by_item[item] for item in kept],
        kept=frozenset(kept),
        recent=[by_item[item] for item in last if item in by_item],
        total=len(entries),
        searched=len(entries) >= SEARCHED_FROM or bool(query),
        query=query,
        advice=_advice(live.person_id),
        announcements=services().announcements.to(live.government_code),
    )


@bp.post("/favourites")
@signed_in
def favourites() -> ResponseReturnValue:
    """Keep one at the top, or let it go; the same sent twice changes nothing."""
    live = viewer()
    keep, drop = request.form.get("keep"), request.form.get("drop")
    if keep is not None and any(entry.item == keep for entry in openable(live)):
        services().favourites.keep(actor(), live.person_id, keep, government=live.government_code)
    elif drop is not None:
        services().favourites.let_go(actor(), live.person_id, drop, government=live.government_code)
    return redirect(local_path(request.form.get("return_to")) + _anchor(keep or drop), 303)


@bp.get("/logo/<name>.png")
@read_only
@public
def logo(name: str) -> Response:
    """The logo of an application; its address changes with the picture, so browsers may keep it."""
    picture = services().cards.logo(name)
    if picture is None:
        raise NotFound("portal.logo", "there is no such picture")
    answer = Response(picture, mimetype="image/png")
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def openable(live: LiveSession) -> list[Listed]:
    """What the person may open now, by the same rule that issues codes."""
    listed = services().catalogue.all()
    assigned: frozenset[str] = frozenset()
    if any(entry.access != "everyone" for entry in listed):
        line = services().people.unit_line(live.person_id)
        assigned = services().registry.assigned_to(live.person_id, live.government_code, line)
    person = services().people.get(live.person_id)
    facts = PersonFacts(live.status, person.activity if person else "active", live.government_code)
    return [entry for entry in listed if _may_open(facts, entry, assigned)]


def _may_open(facts: PersonFacts, entry: Listed, assigned: frozenset[str]) -> bool:
    rule = ClientFacts("active", entry.access, entry.government_code)
    return isinstance(may_use(facts, rule, assigned=entry.client_id in assigned), Allowed)


def _anchor(item: str | None) -> str:
    """Back to the tile that was pressed, so that nobody has to look for their place again."""
    return f"#{quote(item, safe=':')}" if item and len(item) <= 140 and item.isprintable() else ""


def _advice(person_id: str) -> dict[str, str] | None:
    """One thing worth doing for the account, if there is one."""
    factors = services().factors
    if not factors.has_second_factor(person_id):
        person = services().people.get(person_id)
        if person is not None and person.factor_suggestion_declined_at is not None:
            return None
        text = gettext("Protect your account with two-step verification.")
        return {"text": text, "href": "/account/factors", "link": gettext("Set it up"), "decline": "/account/factors/later"}
    if factors.recovery_codes_left(person_id) <= FEW_CODES:
        text = gettext("You are running out of recovery codes.")
        return {"text": text, "href": "/account/recovery-codes", "link": gettext("Generate new codes")}
    return None
