"""The start page: the applications this person may open, grouped by who runs them."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from idp.authn.sessions import LiveSession
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.urls import is_loopback, origin_of
from idp.policy.access import Allowed, ClientFacts, PersonFacts, may_use
from idp.web import language
from idp.web.edge import services
from idp.web.guards import signed_in
from idp.web.viewer import viewer

bp = Blueprint("portal", __name__)

FEW_CODES = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One application as the portal shows it."""

    client_id: str
    name: str
    href: str
    group: str
    note: str | None = None


@bp.get("/")
@signed_in
def portal() -> ResponseReturnValue:
    """Every application the signed-in person may use, or those that match the search."""
    live = viewer()
    entries = openable(live)
    query = request.args.get("q", "")[:60].strip()
    return render_template(
        "portal.html",
        viewer=live,
        groups=grouped(matching(entries, query)),
        total=len(entries),
        query=query,
        advice=_advice(live.person_id),
    )


def openable(live: LiveSession) -> list[Entry]:
    """The applications with a start page that the person may use now (the same rule that issues codes)."""
    store = services().directory
    posts = store.posts(live.person_id)
    line = store.unit_line(post.unit_id for post in posts)
    assigned = services().registry.assigned_to(live.person_id, live.government_code, line)
    person = services().people.get(live.person_id)
    facts = PersonFacts(live.status, person.activity if person else "active", live.government_code)
    names = {government.code: government.name for government in services().organisations.governments()}
    found = []
    for client in services().registry.list():
        address = start_of(client)
        rule = ClientFacts("active" if client.enabled else "disabled", client.access, client.government_code)
        if address and isinstance(may_use(facts, rule, assigned=client.client_id in assigned), Allowed):
            group = names.get(client.government_code or "", "")
            found.append(Entry(client.client_id, client.label(language.current()), address, group, client.topic))
    return found


def start_of(client: ClientSnapshot) -> str | None:
    """Where the application begins: its start page, else the origin it is answered at; only http(s), never a script."""
    if "authorization_code" not in client.grants:
        return None
    for uri in (client.home_uri, *(origin_of(uri) for uri in client.redirect_uris)):
        parts = urlsplit(uri or "")
        if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            return uri
    return None


def matching(entries: Iterable[Entry], query: str) -> list[Entry]:
    """The entries whose name, group or topic hold every word of the query."""
    words = query.casefold().split()
    return [entry for entry in entries if all(word in f"{entry.name} {entry.group} {entry.note}".casefold() for word in words)]


def grouped(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Entries by group, the groups and the names inside them in order of the alphabet."""
    groups: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda item: item.name.casefold()):
        groups.setdefault(entry.group or gettext("For all governments"), []).append(entry)
    return sorted(groups.items(), key=lambda item: item[0].casefold())


def _advice(person_id: str) -> dict[str, str] | None:
    """One thing worth doing for the account, if there is one."""
    factors = services().factors
    if not factors.has_second_factor(person_id):
        text = gettext("Protect your account with two-step verification.")
        return {"text": text, "href": "/account/factors", "link": gettext("Set it up")}
    if factors.recovery_codes_left(person_id) <= FEW_CODES:
        text = gettext("You are running out of recovery codes.")
        return {"text": text, "href": "/account/recovery-codes", "link": gettext("Generate new codes")}
    return None
