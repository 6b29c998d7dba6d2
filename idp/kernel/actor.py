"""Who does something, and from where: the first argument of every verb."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["person", "client", "anonymous", "operator", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The doer of a change, as the audit record shows them."""

    kind: Kind
    id: str | None = None
    session_id: str | None = None
    ip: str | None = None
    agent: str | None = None
    request_id: str | None = None
    roles: tuple[str, ...] = field(default=())


SYSTEM = Actor("system")
OPERATOR = Actor("operator")  # whoever runs the `idp` command on the server
