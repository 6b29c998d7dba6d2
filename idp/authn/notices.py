"""Letters of this room, promised in the transaction of what they tell about; the worker renders and sends them."""

from idp.authn.accounts.account import Account
from idp.directory.models import Person
from idp.outbox.queue import Outbox


class Notices:
    """Tells a person, at the address known before the change (ASVS 6.3.7)."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def tell(self, person: Person | Account, letter: str, **params: object) -> bool:
        """Queue `letter` (activation, reset, factor_added, …) to the person; False when no address is known."""
        if not person.email:
            return False
        self._outbox.mail(person.email, letter, person.locale, {"name": person.full_name, **params})
        return True

    def pretend(self, letter: str, **params: object) -> None:
        """Queue a letter to nobody, which the worker drops: an unknown address costs the same work as a known one."""
        self._outbox.mail(None, letter, None, {"name": "", **params})
