"""Keeps the promise to tell an application that a session ended; no transaction is open while it takes its time."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from idp.db.session import Database
from idp.jobs.worker import Undeliverable
from idp.outbox.queue import Work
from idp.protocol.oidc_backchannel_logout import Delivery, NotDelivered


class NotTold(Exception):
    """The application did not take the message this time."""


class LogoutHandler:
    """Payload: see `oidc_backchannel_logout.Delivery.prepare`."""

    def __init__(self, database: Database, delivery: Callable[[Session], Delivery]) -> None:
        self._database = database
        self._delivery = delivery

    def __call__(self, work: Work) -> None:
        """Prepare in one unit, post outside of any, record in another."""
        with self._database.unit(read_only=True) as session:
            delivery = self._delivery(session)
            letter = delivery.prepare(work.payload)
        if letter is None:
            return
        outcome = delivery.send(letter)
        with self._database.unit() as session:
            self._delivery(session).note(letter, outcome)
        if isinstance(outcome, NotDelivered):
            raise NotTold(outcome.reason) if outcome.again else Undeliverable(outcome.reason)
