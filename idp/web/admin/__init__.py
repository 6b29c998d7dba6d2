"""The administration area: pages of those who administer, each behind `guard.admin`, which names the right it needs.

Owns views only; whom they may show and touch is decided by `idp.administration`. How a page joins: docs/administration-area.md.
"""

from flask import Flask

from idp.web.admin import (
    applications,
    approvals,
    audit,
    bulk,
    dashboard,
    deeds,
    keys,
    organisations,
    people,
    reports,
    roles,
    sessions,
    units,
)


def register(app: Flask) -> None:
    """Mount every page of the area."""
    # A new page adds its module to this tuple.
    for module in (dashboard, people, bulk, deeds, roles, approvals, organisations, units, applications, sessions, audit, reports, keys):
        app.register_blueprint(module.bp)
