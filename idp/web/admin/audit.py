"""The audit record: looking for events, how its proof stands, and taking events away as a file."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from idp.administration.record import governments_to_read
from idp.audit.classes import Class, tags_of
from idp.audit.proof.state import state_of
from idp.audit.proof.store import ProofStore
from idp.audit.search.wanted import Wanted
from idp.audit.tags import Tag
from idp.db.session import checkpoint
from idp.policy.permissions import Permission
from idp.web.admin.guard import admin, officer
from idp.web.admin.kept_form import form_of
from idp.web.admin.pages import page
from idp.web.admin.people import governments_of
from idp.web.edge import actor, deps, services
from idp.web.forms.admin import ExportForm
from idp.web.language import TIME_ZONE
from idp.wiring.record import Record, record_reader

bp = Blueprint("admin_audit", __name__)

AUDIT = "/admin/audit"
_PAGE = 50
_HERE = ZoneInfo(TIME_ZONE)  # days are those of the reader
CLASSES: dict[str, Any] = {
    Class.SECURITY: _l("Refusals, locks, passwords and factors"),
    Class.ADMINISTRATION: _l("People, roles, applications, rules"),
    Class.PRIVACY: _l("Shared data, exports, reading of the record"),
    Class.ACCESS: _l("Sign-ins, sessions, tokens"),
    Class.OPERATION: _l("Operation"),
}
_NARROW = ("who", "client", "kind", "government", "from", "to")
_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8", "syslog": "text/plain; charset=utf-8"}


@bp.get(AUDIT)
@admin(Permission.AUDIT_READ)
def record() -> ResponseReturnValue:
    """Events of the officer's part, newest first; looking is recorded."""
    who, wanted = officer(), wanted_of_request(Permission.AUDIT_READ)
    before = _before()
    rows = record_reader(services()).find(actor(), wanted, before=before, limit=_PAGE + 1)
    shown, more = rows[:_PAGE], {**typed(), "before": rows[_PAGE - 1].id} if len(rows) > _PAGE else None
    places = governments_of(who, Permission.AUDIT_READ)
    return page(
        "admin/audit.html", AUDIT, rows=[(row, _shown(row.details)) for row in shown], people=_people(shown), typed=typed(),
        places={one.code: one.name for one in places}, governments=[(one.code, one.name) for one in places],
        kinds=[*CLASSES.items(), *((tag.value, tag.value) for tag in sorted(Tag))], nowhere=wanted.governments == (),
        states=_states(wanted) if before is None else None, begun=before is not None, first=f"{AUDIT}?{urlencode(typed())}",
        next_page=f"{AUDIT}?{urlencode(more)}" if more else None, may_export=bool(who.reach(Permission.AUDIT_EXPORT)),
        export=f"{AUDIT}/export?{urlencode(typed())}",
    )  # fmt: skip


@bp.route(f"{AUDIT}/export", methods=["GET", "POST"])
@admin(Permission.AUDIT_EXPORT, fresh=True)
def export() -> ResponseReturnValue:
    """The events that the address names, as a file; the export is recorded before its first line."""
    wanted, form = wanted_of_request(Permission.AUDIT_EXPORT), form_of(ExportForm)
    if wanted.governments != () and form.validate_on_submit():
        style, who = form.style.data, actor()
        checkpoint(services().session)  # the export works in units of its own, and may take long
        lines = Record(deps()).export(who, wanted, style)
        ending = {"jsonl": "jsonl", "csv": "csv", "syslog": "log"}[style]
        name = f"audit-{'-'.join(wanted.governments or ('all',))}-{deps().clock.now():%Y%m%d-%H%M}.{ending}"
        return Response(lines, content_type=_TYPES[style], headers={"Content-Disposition": f'attachment; filename="{name}"'})
    asked = {**typed(), **({"kind": str(CLASSES[typed()["kind"]])} if typed().get("kind") in CLASSES else {})}
    back = f"{AUDIT}?{urlencode(typed())}"
    return page("admin/audit_export.html", AUDIT, form=form, asked=asked, nowhere=wanted.governments == (), back=back)


def typed() -> dict[str, str]:
    """What the address narrows by."""
    given = {name: request.args.get(name, "").replace("\0", "").strip()[:128] for name in _NARROW}
    return {name: value for name, value in given.items() if value}


def wanted_of_request(permission: Permission) -> Wanted:
    """The filter in the address; what is none of the choices counts as not chosen. Raises OutOfScope."""
    given = typed()
    kind = given.get("kind", "")
    tags = tags_of(Class(kind)) if kind in set(Class) else [Tag(kind)] if kind in set(Tag) else []
    until = _day(given.get("to"))
    return Wanted(
        governments_to_read(officer(), permission, given.get("government")),
        _day(given.get("from")), until + timedelta(days=1) if until else None,
        tuple(tag.value for tag in tags), _person(given["who"]) if "who" in given else None, None, given.get("client"),
    )  # fmt: skip


def _person(text: str) -> str:
    """An id; of somebody whom nobody knows, what was typed: an erased person still stands in the record."""
    found = services().people.find(text)
    return str(found[0].id if found else text)


def _day(text: str | None) -> datetime | None:
    try:
        day = datetime.fromisoformat(text or "")
        return datetime(day.year, day.month, day.day, tzinfo=_HERE).astimezone(UTC) if day.year > 1 else None
    except (ValueError, OverflowError):
        return None


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _people(rows: Sequence[Any]) -> dict[str, str]:
    """The names of those on a page who belong to the officer's part; of others the page shows the number."""
    ids = {row.actor_id for row in rows if row.actor_kind == "person"} | {row.subject_id for row in rows if row.subject_kind == "person"}
    reach = officer().reach(Permission.PERSON_READ)
    return services().administration.store.names(reach, deps().clock.now().date(), sorted(one for one in ids if one))


def _shown(details: Any) -> Iterable[tuple[str, str]]:
    known = details if isinstance(details, dict) else {}
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in known.items() if value is not None
    ]  # fmt: skip


def _states(wanted: Wanted) -> dict[str, Any]:
    store = ProofStore(services().session)
    chains = [chain for chain in store.chains() if wanted.allows(chain)]
    found = state_of(store, deps().audit_keys.checker(), chains, deps().clock.now())
    checked = [one.checked_at for one in found if one.checked_at]
    return {
        "chains": found, "broken": [one for one in found if not one.whole], "waiting": [one for one in found if one.waiting],
        "checked_at": min(checked) if checked and len(checked) == len(found) else None, "none": gettext("No agency"),
    }  # fmt: skip
