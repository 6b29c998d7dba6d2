"""What an administrator is refused, so that it can be recorded after the unit of work was rolled back."""

from idp.kernel.errors import NotAllowed, NotFound
from idp.policy.permissions import Permission


class OutOfScope(NotFound):
    """The thing is there and outside the administrator's part: answered exactly like one that is not there, and recorded (attack X4)."""

    def __init__(self, subject: tuple[str, str], government: str | None, permission: Permission) -> None:
        super().__init__("admin.unknown", "there is nothing here with this number")
        self.subject, self.government, self.permission = subject, government, permission


class RightMissing(NotAllowed):
    """The administrator may see this, and may not do that (attack X5)."""

    def __init__(
        self, permission: Permission | None = None, *, code: str = "admin.right", subject: tuple[str, str] | None = None,
        government: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code, "your roles do not allow this")
        self.subject, self.government, self.permission = subject, government, permission


def unknown() -> NotFound:
    """The answer for what is not there: the same as `OutOfScope`'s."""
    return NotFound("admin.unknown", "there is nothing here with this number")
