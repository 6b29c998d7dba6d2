"""The navigation of the administration area: each page once, with the right it needs; whoever lacks that right does not see it."""

from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l

from idp.policy.permissions import Officer, Permission

_P = Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its address, its name, the right it needs (None: any administrative role), and whether everywhere."""

    address: str
    name: Any
    permission: Permission | None = None
    everywhere: bool = False

    def shown_to(self, officer: Officer) -> bool:
        """True when they may open it."""
        if self.permission is None:
            return True
        where = officer.reach(self.permission)
        return where.everywhere if self.everywhere else bool(where)


# A new page adds its line here; the order is that of the side.
ENTRIES: tuple[Entry, ...] = (
    Entry("/admin", _l("Overview")),
    Entry("/admin/people", _l("People"), _P.PERSON_READ),
    Entry("/admin/roles", _l("Roles"), _P.ROLE_READ),
    Entry("/admin/approvals", _l("Approvals"), _P.FACTOR_RESET),
    Entry("/admin/governments", _l("Agencies and units"), _P.UNIT_READ),
    Entry("/admin/rules", _l("Second-factor rules"), _P.POLICY_READ),
    Entry("/admin/campaigns", _l("Campaigns"), _P.POLICY_READ),
    Entry("/admin/applications", _l("Applications"), _P.CLIENT_READ),
    Entry("/admin/sessions", _l("Sessions"), _P.SESSION_READ),
    Entry("/admin/reports", _l("Figures"), _P.REPORT_READ),
    Entry("/admin/audit", _l("Audit record"), _P.AUDIT_READ),
    Entry("/admin/keys", _l("Signing keys"), _P.KEY_READ, everywhere=True),
)


def pages() -> list[tuple[str, str]]:
    """What the side shows to the officer of this request: (address, name)."""
    who: Officer | None = g.get("officer")
    return [(one.address, str(one.name)) for one in ENTRIES if who is not None and one.shown_to(who)]
