"""Who may change what everybody's start page shows."""

from idp.kernel.actor import Actor
from idp.kernel.errors import NotAllowed
from idp.policy.permissions import MAY, Permission, Role


def require(actor: Actor) -> None:
    """The command line on the server may; a person needs a role that writes the portal. Raises NotAllowed."""
    held = (MAY[role] for role in Role if role in actor.roles)
    if actor.kind not in ("operator", "system") and not any(Permission.PORTAL_WRITE in permissions for permissions in held):
        raise NotAllowed("portal.not_allowed", "you may not change the start page")
