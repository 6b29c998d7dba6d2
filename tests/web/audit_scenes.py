"""Scenes of the audit record."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext

from idp.audit.proof.state import ChainState
from idp.audit.tags import Tag
from idp.web.admin.audit import CLASSES
from idp.web.forms.admin import ExportForm

AUDIT_SCENES = ("admin-audit", "admin-audit-broken", "admin-audit-empty", "admin-audit-export")
_AT = datetime(2027, 3, 15, 2, 30, tzinfo=UTC)
_PLACES = {"12": "Provinsi Sumatera Utara", "12.71": "Kota Medan"}


def _row(number: int, tag: Tag, **more: Any) -> tuple[Any, list[tuple[str, str]]]:
    known: dict[str, Any] = {
        "id": number, "at": _AT, "tag": tag.value, "government_code": "12.71", "actor_kind": "person", "actor_id": "p1",
        "subject_kind": "person", "subject_id": "p1", "client_id": None, "ip": "10.20.30.40", "session_id": None, "request_id": "r4nd0mr3q",
        "agent": None,
    }  # fmt: skip
    return SimpleNamespace(**known | more), [("reason", "wrong"), ("factor", "totp")]


def audit_values(name: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The template of a scene and its values; needs a request context."""
    if name == "admin-audit-export":
        asked = {"government": "12.71", "kind": str(CLASSES["security"]), "from": "2027-03-01"}
        more = {"form": ExportForm(), "asked": asked, "nowhere": False, "back": "/admin/audit"}
        return "admin/audit_export.html", {**given, **more}
    broken = name == "admin-audit-broken"
    medan = ChainState("12.71", _AT, _AT, 1_894_220, 2 if broken else 0, True, None)
    chains = [ChainState("", _AT, _AT, 4_102, 0, True, None), medan]
    rows = [
        _row(1_900_441, Tag.FACTOR_REFUSE), _row(1_900_398, Tag.ROLE_GRANT, actor_kind="operator", actor_id=None, ip=None),
        _row(1_900_377, Tag.CODE_REDEEM, actor_kind="client", actor_id="e-kinerja", client_id="e-kinerja", subject_id="01mh3gj7b0c471b"),
    ]  # fmt: skip
    return "admin/audit.html", {
        **given, "rows": [] if name == "admin-audit-empty" else rows, "people": {"p1": "Siti Rahma Harahap"}, "typed": {},
        "places": _PLACES, "governments": list(_PLACES.items()),
        "kinds": list(CLASSES.items()), "nowhere": False, "begun": False, "first": "/admin/audit",
        "next_page": "/admin/audit?before=1", "may_export": True, "export": "/admin/audit/export",
        "states": {
            "chains": chains, "broken": chains[1:] if broken else [], "waiting": [], "checked_at": _AT, "none": gettext("No agency"),
        },
    }  # fmt: skip
