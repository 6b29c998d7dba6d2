"""What pages of the area call things: roles, where they are held, states of accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, gettext
from flask_babel import lazy_gettext as _l

from idp.administration.help import HELP
from idp.administration.people import DEEDS
from idp.directory.models import Person
from idp.policy.permissions import Held, Officer, Place, Role
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


_DEED_NAMES: dict[str, Any] = {
    "disable": _l("Disable the account"),
    "enable": _l("Enable the account"),
    "invite": _l("Send the activation link again"),
    "end-sessions": _l("Sign out everywhere"),
    "unlock": _l("Unlock after wrong attempts"),
    "reset-factors": _l("Remove all second factors"),
    "single-use-code": _l("Issue a single-use code"),
}
_FITS: dict[str, tuple[str, ...]] = {
    "disable": ("active", "invited"), "enable": ("disabled",), "invite": ("invited",), "end-sessions": ("active",),
    "unlock": ("active",), "single-use-code": ("active",), "reset-factors": ("active",),
}  # fmt: skip


def deed_name(deed: str) -> str:
    """What is done, in words."""
    return str(_DEED_NAMES.get(deed, deed))


def deeds_for(who: Officer, person: Person, place: Place) -> list[tuple[str, str]]:
    """What the officer may do with this account as it stands: (the end of its address, words)."""
    allowed = {**DEEDS, **HELP}
    return [(deed, deed_name(deed)) for deed, states in _FITS.items() if person.status in states and who.may(allowed[deed], place)]


def bulk_deeds(who: Officer) -> list[tuple[str, str]]:
    """What the officer may do with several accounts at once."""
    return [(deed, deed_name(deed)) for deed, permission in DEEDS.items() if permission in who.permissions]


UNIT_KINDS: dict[str, Any] = {
    "dinas": "Dinas", "badan": "Badan", "sekretariat": "Sekretariat", "inspektorat": "Inspektorat", "biro": "Biro", "bagian": "Bagian",
    "bidang": "Bidang", "uptd": "UPTD", "rsud": "RSUD", "puskesmas": "Puskesmas",
    "school": _l("School"), "kecamatan": "Kecamatan", "kelurahan": "Kelurahan",
    "other": _l("Other"),
}  # fmt: skip


def unit_kind(kind: str) -> str:
    """A kind of unit in words."""
    return str(UNIT_KINDS.get(kind, kind.title()))
