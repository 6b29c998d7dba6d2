"""Nobody can be locked out of the installation: somebody active always owns it."""

from idp.directory.store import DirectoryStore
from idp.kernel.errors import Conflict


def keep_an_owner(store: DirectoryStore, person_id: str) -> None:
    """Raise Conflict("owner.last") when the installation would be nobody's without this person.

    Asked before a role is taken, an account disabled, or an activity set that disables it; whoever asks, an operator too. Two owners
    who remove each other at the same moment wait for one another here, and the second is refused.
    """
    if store.owners() == [person_id]:
        raise Conflict("owner.last", "this is the last owner of the installation: make another one first")
