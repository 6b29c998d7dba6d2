"""The administration area: pages of those who administer, each behind `guard.admin`, which names the right it needs.

Owns views only; whom they may show and touch is decided by `idp.administration`. How a page joins: docs/administration-area.md.
"""

from flask import Flask

from idp.web.admin import dashboard


def register(app: Flask) -> None:
    """Mount every page of the area."""
    for module in (dashboard,):
        app.register_blueprint(module.bp)
