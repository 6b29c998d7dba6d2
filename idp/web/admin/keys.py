"""The keys that sign tokens, to look at."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from idp.policy.permissions import Permission
from idp.web.admin.guard import admin
from idp.web.admin.pages import page
from idp.web.edge import deps
from idp.web.guards import read_only

bp = Blueprint("admin_keys", __name__)


@bp.get("/admin/keys")
@read_only
@admin(Permission.KEY_READ, everywhere=True)
def keys() -> ResponseReturnValue:
    """Every published key and what it does now."""
    return page("admin/keys.html", "/admin/keys", keys=deps().ring.list())
