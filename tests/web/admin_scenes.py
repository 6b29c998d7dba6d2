"""Scenes of the administration area, as somebody sees it who may open every page of it."""

from types import SimpleNamespace
from typing import Any

from flask import g
from flask_babel import gettext

from idp.web.admin.names import NamedRole
from tests.web.audit_scenes import AUDIT_SCENES, audit_values
from tests.web.report_scenes import REPORT_SCENES, report_values

ADMIN_SCENES = ("admin", "admin-roles-only", *AUDIT_SCENES, *REPORT_SCENES)
_OFFICER = SimpleNamespace(reach=lambda _right: SimpleNamespace(everywhere=True))


def admin_values(name: str) -> tuple[str, dict[str, Any]]:
    """The template of a scene and its values; needs a request context."""
    from tests.web.scenes import PERSON

    g.officer = _OFFICER
    figures = SimpleNamespace(active=248_917, invited=1_204, disabled=3_310)
    roles = [NamedRole(gettext("Government admin"), "Kota Medan"), NamedRole(gettext("Auditor"), gettext("The whole installation"))]
    given = {"viewer": PERSON, "section": "/admin", "said": []}
    if name in REPORT_SCENES:
        return report_values(name, {**given, "section": "/admin/reports"})
    if name in AUDIT_SCENES:
        return audit_values(name, {**given, "section": "/admin/audit"})
    make: dict[str, tuple[str, dict[str, Any]]] = {
        "admin": ("admin/dashboard.html", {**given, "people": figures, "roles": roles}),
        "admin-roles-only": ("admin/dashboard.html", {**given, "people": None, "roles": roles[1:]}),
    }
    return make[name]
