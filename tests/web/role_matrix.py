"""The role matrix: every route of the administration area, the right it needs, and which role holds it.

``python -m tests.web.role_matrix`` writes docs/role-matrix.md anew from the routes and the permission table; a test of the house fails when
they differ, and tests/web/test_role_matrix.py asks the application about each line.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from idp.policy.permissions import MAY, Permission, Role, is_administrative
from idp.web import admin
from idp.web.admin.guard import Needs

FILE = Path(__file__).resolve().parents[2] / "docs/role-matrix.md"
_HEAD = """\
# Who may do what in the administration area

Made by `python -m tests.web.role_matrix` from the routes and from `MAY` in `idp/policy/permissions.py`; not written by hand.

A role is held everywhere, in one government, or in one unit and everything below it ("the part"). A government admin held in a unit is the
unit's admin; an administrator held everywhere is an owner of the installation. What a mark below means, asked by somebody with two factors:

| who asks | answer |
|---|---|
| nobody signed in | to the sign-in page |
| signed in with a password alone | to the second step |
| no administrative role, or none that has the right | 403, in words, recorded |
| the right, about something in the part | the page (for ● after a fresh proof, at most five minutes old) |
| the right, about something outside the part | 404, the same as for what is not there, recorded |
| the right for a part, about the whole installation (◎) | 403, in words, recorded |

Besides: whoever takes an account in hand must hold everything that account holds (403 otherwise); nobody does it to themselves; a role is
given or taken only by somebody who holds `role:grant` and every permission of that role at that place; a unit is moved only by somebody who
holds every permission of the roles held in its new place.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the area."""

    path: str
    methods: tuple[str, ...]
    arguments: frozenset[str]
    needs: Needs


def routes() -> list[Route]:
    """Every route, by its path."""
    app = Flask("matrix")
    admin.register(app)
    found = []
    for rule in app.url_map.iter_rules():
        needs = getattr(app.view_functions[rule.endpoint], "__needs__", None)
        if rule.rule.startswith("/admin") and needs is not None:
            methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            found.append(Route(rule.rule, methods, frozenset(rule.arguments), needs))
    return sorted(found, key=lambda one: (one.path, one.methods))


def allows(role: Role, needs: Needs) -> bool:
    """True when the role has the right, in its part."""
    return is_administrative(role) and (needs.permission is None or needs.permission in MAY[role])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _lines() -> Iterator[str]:
    roles = list(Role)
    yield _HEAD
    yield "## Routes\n\n✓: may, in the part. ●: high-risk, needs a fresh proof. ◎: only with the role held everywhere.\n"
    yield _line(["route", "methods", "right", "", *(role.value for role in roles)])
    yield _line(["---"] * (4 + len(roles)))
    for one in routes():
        marks = ("●" if one.needs.fresh else "") + ("◎" if one.needs.everywhere else "")
        right = one.needs.permission.value if one.needs.permission else "any administrative role"
        cells = ["✓" if allows(role, one.needs) else "" for role in roles]
        yield _line([f"`{one.path}`", " ".join(one.methods), right, marks, *cells])
    yield "\n## Rights\n"
    yield _line(["right", *(role.value for role in roles)])
    yield _line(["---"] * (1 + len(roles)))
    for permission in Permission:
        yield _line([f"`{permission.value}`", *("✓" if permission in MAY[role] else "" for role in roles)])


def text() -> str:
    """The whole document."""
    return "\n".join(_lines()) + "\n"


def main() -> int:
    """Write it."""
    FILE.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
