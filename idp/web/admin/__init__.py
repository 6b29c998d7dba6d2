"""The administration area: pages of those who administer, each behind `guard.admin`, which names the right it needs.

Owns views only; whom they may show and touch is decided by `idp.administration`. How a page joins: docs/administration-area.md.
"""

from flask import Flask

from idp.web.admin import (
    applications,
    approvals,
    audit,
    bulk,
    campaigns,
    dashboard,
    deeds,
    keys,
    organisations,
    people,
    reports,
    roles,
    rule_exceptions,
    rules,
    sessions,
    units,
)


def register(app: Flask) -> None:
    """Mount every page of the area."""
    # A new page adds its module to this tuple.
    more = (rules, rule_exceptions, campaigns)
    for module in (
        dashboard, people, bulk, deeds, roles, approvals, organisations, units, applications, sessions, audit, reports, keys, *more,
    ):  # fmt: skip
        app.register_blueprint(module.bp)
