"""What an administrator was refused is recorded, in a unit of its own: the one of the request was rolled back (ASVS 16.3.2, attack X4)."""

from flask import request

from idp.administration.errors import OutOfScope, RightMissing
from idp.audit.tags import Tag
from idp.web.edge import actor, deps
from idp.web.work import unit_of_work


def record_refusal(error: OutOfScope | RightMissing) -> None:
    """Who wanted what of whom."""
    with unit_of_work(deps(), read_only=False) as services:
        services.audit.record(
            Tag.ADMIN_REFUSE, actor(), subject=error.subject, government=error.government,
            reason="scope" if isinstance(error, OutOfScope) else error.code.removeprefix("admin."),
            permission=error.permission.value if error.permission else None,
            route=str(request.url_rule), method=request.method,
        )  # fmt: skip
