"""Whose record an officer may read: whole governments, since an event knows its government and no unit."""

from idp.administration.errors import OutOfScope
from idp.policy.permissions import Officer, Permission


def governments_to_read(officer: Officer, permission: Permission, asked: str | None = None) -> tuple[str, ...] | None:
    """The governments whose events they may read, narrowed to the one asked for; None is the whole record.

    A role held in a unit reads nothing here. Raises OutOfScope (404, recorded) for a government that is not theirs.
    """
    where = officer.reach(permission)
    asked = asked[:5] if asked else None  # no code is longer, and the record keeps it
    if where.everywhere:
        return (asked,) if asked else None
    if asked and asked not in where.governments:
        raise OutOfScope(("government", asked), asked, permission)
    return (asked,) if asked else tuple(sorted(where.governments))
