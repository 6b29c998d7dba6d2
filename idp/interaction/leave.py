"""Leaving: end a session everywhere - the browser, the tokens, the applications. One verb for every cause.

Logout, password change, reset, "sign out everywhere", a disabled account: all of them call this.
"""

from collections.abc import Iterable

from idp.authn.helping.remembered import Remembered
from idp.authn.sessions import Sessions
from idp.clients.registry import Registry
from idp.kernel.actor import Actor
from idp.outbox.queue import Outbox
from idp.tokens.ledger import Ledger, Told


class Leave:
    """Ends sessions and tells the relying parties by back-channel logout."""

    def __init__(
        self, sessions: Sessions, ledger: Ledger, registry: Registry, outbox: Outbox, remembered: Remembered, *,
        session_limit: int = 0,
    ) -> None:  # fmt: skip
        self._remembered = remembered
        self._sessions = sessions
        self._ledger = ledger
        self._registry = registry
        self._outbox = outbox
        self._limit = session_limit

    def end(self, actor: Actor, session_ids: Iterable[str], reason: str) -> list[str]:
        """End these sessions; gives the ids of the clients that took part in them.

        Tokens bound to a session die with it; refresh tokens for offline use stay (OIDC Core section 11).
        """
        told: dict[str, None] = {}
        for session_id in session_ids:
            self._sessions.end(actor, session_id, reason)
            for application in self._ledger.end_session(actor, session_id, reason):
                told[application.client_id] = None
                self._tell(application, session_id)
        return list(told)

    def end_all(
        self, actor: Actor, person_id: str, reason: str, *, keep: str | None = None, offline_too: bool = True
    ) -> list[str]:
        """End every session of a person but `keep`, and with `offline_too` every refresh token of those
        and of offline use, and every remembered device."""
        sessions = [entry.id for entry in self._sessions.list(person_id) if entry.id != keep]
        told = self.end(actor, sessions, reason)
        if offline_too:
            self._remembered.forget(actor, person_id, reason)
            self._ledger.revoke_person(actor, person_id, reason, keep_session=keep)
        return told

    def disown(self, actor: Actor, person_id: str, session_id: str, reason: str) -> None:
        """End a session that is not the person's own, with all it gave for offline use too; no remembered device is trusted any more."""
        self._ledger.revoke_session(actor, person_id, session_id, reason)
        self.end(actor, [session_id], reason)
        self._remembered.forget(actor, person_id, reason)

    def keep_to_limit(self, actor: Actor, person_id: str, newest: str) -> int:
        """End the sessions used longest ago beyond the operator's limit (0: none, and nothing is read); gives how many ended.

        The newest is never the one refused: a forgotten browser, or a thief's, would keep its person out (ASVS 7.1.2).
        """
        if not self._limit:
            return 0
        others = [entry.id for entry in self._sessions.list(person_id) if entry.id != newest]
        over = others[self._limit - 1 :]
        self.end(actor, over, "session_limit")
        return len(over)

    def _tell(self, told: Told, session_id: str) -> None:
        client = self._registry.find(told.client_id)
        if client is not None and client.backchannel_logout_uri:
            payload = {"client_id": told.client_id, "session_id": session_id, "subject": told.subject, "person_id": told.person_id}
            self._outbox.put("backchannel_logout", payload)
