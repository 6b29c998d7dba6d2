"""Administration: which role may do what, and where. Pure.

A role is held everywhere, in one government, or in one unit and everything below it. Nobody can give a
role that they could not themselves exercise there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of the product; names are stable, they appear in claims and exports.

    ADMINISTRATOR held everywhere is the owner of the installation. GOVERNMENT_ADMIN held in a unit is the unit's admin.
    """

    ADMINISTRATOR = "administrator"
    SECURITY_ADMIN = "security_admin"
    GOVERNMENT_ADMIN = "government_admin"
    HR_ADMIN = "hr_admin"
    APP_ADMIN = "app_admin"
    APP_REVIEWER = "app_reviewer"
    HELPDESK = "helpdesk"
    AUDITOR = "auditor"
    DEVELOPER = "developer"


class Permission(StrEnum):
    """What a role can allow, by the grammar ``object:action``."""

    PERSON_READ = "person:read"
    PERSON_WRITE = "person:write"
    PERSON_DISABLE = "person:disable"
    PERSON_INVITE = "person:invite"
    PERSON_UNLOCK = "person:unlock"
    FACTOR_RESET = "factor:reset"
    SESSION_READ = "session:read"
    SESSION_END = "session:end"
    UNIT_READ = "unit:read"
    UNIT_WRITE = "unit:write"
    ROLE_READ = "role:read"
    ROLE_GRANT = "role:grant"
    POLICY_READ = "policy:read"
    POLICY_WRITE = "policy:write"
    CLIENT_READ = "client:read"
    CLIENT_WRITE = "client:write"
    CLIENT_APPROVE = "client:approve"
    PORTAL_WRITE = "portal:write"
    KEY_READ = "key:read"
    KEY_ROTATE = "key:rotate"
    AUDIT_READ = "audit:read"
    AUDIT_EXPORT = "audit:export"
    REPORT_READ = "report:read"


_P = Permission
_LOOK = frozenset({_P.PERSON_READ, _P.UNIT_READ, _P.ROLE_READ, _P.SESSION_READ})
_PEOPLE = frozenset({_P.PERSON_WRITE, _P.PERSON_DISABLE, _P.PERSON_INVITE})
_HELP = frozenset({_P.PERSON_INVITE, _P.PERSON_UNLOCK, _P.FACTOR_RESET, _P.SESSION_END})
_RULES = frozenset({_P.POLICY_READ, _P.POLICY_WRITE})
_RECORD = frozenset({_P.AUDIT_READ, _P.AUDIT_EXPORT, _P.REPORT_READ})
MAY: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.SECURITY_ADMIN: _LOOK | _HELP | _RULES | _RECORD | {_P.PERSON_DISABLE, _P.CLIENT_READ, _P.KEY_READ},
    Role.GOVERNMENT_ADMIN: _LOOK | _PEOPLE | _HELP | _RECORD | {
        _P.UNIT_WRITE, _P.ROLE_GRANT, _P.POLICY_READ, _P.CLIENT_READ, _P.CLIENT_APPROVE,
    },
    Role.HR_ADMIN: _PEOPLE | {_P.PERSON_READ, _P.UNIT_READ, _P.UNIT_WRITE},
    Role.APP_ADMIN: frozenset({_P.CLIENT_READ, _P.CLIENT_WRITE, _P.PORTAL_WRITE}),
    Role.APP_REVIEWER: frozenset({_P.CLIENT_READ, _P.CLIENT_APPROVE}),
    Role.HELPDESK: _HELP | {_P.PERSON_READ, _P.UNIT_READ, _P.SESSION_READ},
    Role.AUDITOR: _LOOK | _RECORD | {_P.POLICY_READ, _P.CLIENT_READ, _P.KEY_READ},
    Role.DEVELOPER: frozenset({_P.CLIENT_READ}),
}  # fmt: skip


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


def dominates(held: Iterable[Held], role: Role, place: Place) -> bool:
    """True when the holder has every permission of `role` at `place`: whoever controls its holder's account then gains nothing."""
    holdings = tuple(held)
    return all(may(holdings, one, place) for one in MAY[role])


@dataclass(frozen=True, slots=True)
class Reach:
    """Where somebody may do one thing: everywhere, or in these whole governments and these units (with what is below them)."""

    everywhere: bool = False
    governments: frozenset[str] = frozenset()
    units: frozenset[tuple[str | None, str]] = frozenset()  # (government, unit)

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.governments or self.units)


def reach(held: Iterable[Held], permission: Permission) -> Reach:
    """Where the holder may do `permission`: what a list that shows it is narrowed to. It says the same as `may`, for all places at once."""
    found = [one for one in held if permission in MAY[one.role]]
    if any(one.government_code is None and one.unit_id is None for one in found):
        return Reach(everywhere=True)
    whole = frozenset(one.government_code for one in found if one.government_code and one.unit_id is None)
    parts = ((one.government_code, one.unit_id) for one in found if one.unit_id)
    return Reach(governments=whole, units=frozenset(part for part in parts if part[0] not in whole))


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who administers, with the roles they hold at this moment."""

    id: str
    held: tuple[Held, ...]

    @property
    def administrative(self) -> "tuple[Held, ...]":
        """The roles that open the administration area."""
        return tuple(one for one in self.held if is_administrative(one.role))

    @property
    def permissions(self) -> frozenset[Permission]:
        """What they may do at some place at least."""
        return frozenset(one for role in self.administrative for one in MAY[role.role])

    @property
    def is_owner(self) -> bool:
        """True for an owner of the installation."""
        return any(is_ownership(one) for one in self.held)

    def may(self, permission: Permission, place: Place) -> bool:
        """See `may`; a role that is not administrative allows nothing here."""
        return may(self.administrative, permission, place)

    def reach(self, permission: Permission) -> Reach:
        """See `reach`."""
        return reach(self.administrative, permission)


def is_ownership(held: Held) -> bool:
    """True for the role that owns the installation: everything, everywhere."""
    return held.role == Role.ADMINISTRATOR and held.government_code is None and held.unit_id is None
