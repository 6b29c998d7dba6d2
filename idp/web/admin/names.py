"""What pages of the area call things: roles, where they are held, states of accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, gettext
from flask_babel import lazy_gettext as _l

from idp.policy.permissions import Held, Role
from idp.web.edge import services

ROLES: dict[Role, Any] = {
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.SECURITY_ADMIN: _l("Security admin"),
    Role.GOVERNMENT_ADMIN: _l("Government admin"),
    Role.HR_ADMIN: _l("Personnel admin"),
    Role.APP_ADMIN: _l("Application admin"),
    Role.APP_REVIEWER: _l("Application reviewer"),
    Role.HELPDESK: _l("Help desk"),
    Role.AUDITOR: _l("Auditor"),
    Role.DEVELOPER: _l("Developer"),
}
STATUSES: dict[str, Any] = {"active": _l("active"), "invited": _l("not activated yet"), "disabled": _l("disabled")}


@dataclass(frozen=True, slots=True)
class NamedRole:
    """A role and its place in words."""

    name: str
    where: str


def role_name(role: str) -> str:
    """A role in words; one that this version does not know keeps its name."""
    return str(ROLES[Role(role)]) if role in set(Role) else role


def place_name(government_code: str | None, unit_id: str | None) -> str:
    """Where a role is held."""
    if government_code is None and unit_id is None:
        return str(gettext("The whole installation"))
    government = services().organisations.government(government_code) if government_code else None
    unit = services().organisations.unit(unit_id) if unit_id else None
    parts = (unit.name if unit else unit_id, government.name if government else government_code)
    return ", ".join(part for part in parts if part)


def named(roles: Iterable[Held]) -> list[NamedRole]:
    """Roles as a page shows them; the one that owns the installation says so."""
    return [NamedRole(role_name(one.role), place_name(one.government_code, one.unit_id)) for one in roles]


def number(value: int) -> str:
    """A count with the separators of the reader's language."""
    return str(format_decimal(value))
