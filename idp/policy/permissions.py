"""Administration: which role may do what, and where. Pure.

A role is held everywhere, in one government, or in one unit and everything below it. Nobody can give a
role that they could not themselves exercise there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of the product; names are stable, they appear in claims and exports."""

    ADMINISTRATOR = "administrator"
    SECURITY_ADMIN = "security_admin"
    HR_ADMIN = "hr_admin"
    APP_ADMIN = "app_admin"
    HELPDESK = "helpdesk"
    AUDITOR = "auditor"
    DEVELOPER = "developer"


class Permission(StrEnum):
    """What a role can allow, by the grammar ``object:action``."""

    PERSON_READ = "person:read"
    PERSON_WRITE = "person:write"
    PERSON_DISABLE = "person:disable"
    PERSON_INVITE = "person:invite"
    FACTOR_RESET = "factor:reset"
    SESSION_END = "session:end"
    UNIT_WRITE = "unit:write"
    ROLE_GRANT = "role:grant"
    POLICY_READ = "policy:read"
    POLICY_WRITE = "policy:write"
    CLIENT_READ = "client:read"
    CLIENT_WRITE = "client:write"
    PORTAL_WRITE = "portal:write"
    KEY_ROTATE = "key:rotate"
    AUDIT_READ = "audit:read"


_P = Permission
MAY: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.SECURITY_ADMIN: frozenset(
        {_P.PERSON_READ, _P.PERSON_DISABLE, _P.FACTOR_RESET, _P.SESSION_END, _P.POLICY_READ, _P.POLICY_WRITE, _P.AUDIT_READ}
    ),
    Role.HR_ADMIN: frozenset({_P.PERSON_READ, _P.PERSON_WRITE, _P.PERSON_DISABLE, _P.PERSON_INVITE, _P.UNIT_WRITE}),
    Role.APP_ADMIN: frozenset({_P.CLIENT_READ, _P.CLIENT_WRITE, _P.PORTAL_WRITE}),
    Role.HELPDESK: frozenset({_P.PERSON_READ, _P.PERSON_INVITE, _P.FACTOR_RESET, _P.SESSION_END}),
    Role.AUDITOR: frozenset({_P.PERSON_READ, _P.CLIENT_READ, _P.POLICY_READ, _P.AUDIT_READ}),
    Role.DEVELOPER: frozenset({_P.CLIENT_READ}),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A role somebody holds, and where: no government means everywhere, no unit means the whole government."""

    role: Role
    government_code: str | None = None
    unit_id: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the object of an action stands: its government, and its unit with every unit above it.

    No government means the whole installation: only a role held everywhere reaches it.
    """

    government_code: str | None = None
    unit_line: tuple[str, ...] = ()


EVERYWHERE = Place()


def is_administrative(role: str) -> bool:
    """True for a role that always needs a second factor: everything but a developer; an unknown role counts as one."""
    return role != Role.DEVELOPER


def covers(held: Held, place: Place) -> bool:
    """True when a role held there reaches `place`."""
    if held.government_code is None and held.unit_id is None:
        return True
    if held.government_code is not None and held.government_code != place.government_code:
        return False
    return held.unit_id is None or held.unit_id in place.unit_line


def may(held: Iterable[Held], permission: Permission, place: Place) -> bool:
    """True when one of the roles held allows `permission` at `place`."""
    return any(permission in MAY[one.role] and covers(one, place) for one in held)


def may_grant(held: Iterable[Held], role: Role, place: Place) -> bool:
    """True when the holder may give or take `role` at `place`: role:grant there, and every permission of that role there."""
    holdings = tuple(held)
    return may(holdings, Permission.ROLE_GRANT, place) and all(may(holdings, one, place) for one in MAY[role])
