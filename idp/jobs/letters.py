"""Keeps the promise of a letter: writes it in the reader's language and hands it to the sender."""

from idp.jobs.worker import Undeliverable
from idp.mail.letters import write
from idp.mail.sender import Sender, compose
from idp.outbox.queue import Work


class MailHandler:
    """Payload: ``to`` (None: a decoy, dropped), ``letter``, ``locale``, ``params`` (see `idp.mail.letters.write`)."""

    def __init__(self, sender: Sender, *, mail_from: str, installation_name: str, issuer: str) -> None:
        self._sender = sender
        self._mail_from = mail_from
        self._installation_name = installation_name
        self._issuer = issuer

    def __call__(self, work: Work) -> None:
        """Send it; raises what the sender raises, and Undeliverable for a letter that does not exist."""
        to = work.payload.get("to")
        if not to:
            return  # an unknown address: the same work was done where somebody could measure it, and none is needed here
        try:
            letter = write(
                work.payload["letter"],
                work.payload.get("locale"),
                work.payload.get("params", {}),
                installation_name=self._installation_name,
                issuer=self._issuer,
            )
            message = compose(
                letter, to=to, sender=self._mail_from, sender_name=self._installation_name, message_id=work.id
            )
        except ValueError as error:
            raise Undeliverable(str(error)) from error
        self._sender.send(message)
