"""OpenID Connect Back-Channel Logout 1.0.  https://openid.net/specs/openid-connect-backchannel-1_0.html

§2.4  the logout token           logout_token
§2.5  the request to the client  Delivery.deliver
§2.8  what its answer means      Delivery.deliver
Tighter than the specification: typ is always logout+jwt, the token lives two minutes, and it is made when it is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.clients.registry import Registry
from idp.clients.snapshot import ClientSnapshot
from idp.kernel.actor import SYSTEM
from idp.kernel.clock import Clock, epoch
from idp.kernel.randomness import Randomness, opaque
from idp.keys.ring import KeyRing
from idp.protocol.conf import Conf
from idp.protocol.oidc_core_id_token import sid

SPEC = "OIDC Back-Channel Logout"
TYP = "logout+jwt"
LIFE_SECONDS = 120
_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The application was told, or there is nobody left to tell."""


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """It was not told. again: trying later may help."""

    reason: str
    again: bool = True


@dataclass(frozen=True, slots=True)
class Letter:
    """A logout token ready to be sent, and where."""

    client_id: str
    uri: str
    logout_token: str
    person_id: str | None = None


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 2.1."""
    del conf
    return {"backchannel_logout_supported": True, "backchannel_logout_session_supported": True}


def logout_token(
    ring: KeyRing, clock: Clock, randomness: Randomness, issuer: str, client: ClientSnapshot, *, session_id: str, subject: str
) -> str:
    """A logout token for one application and one session (section 2.4): sub and sid, the event, no nonce."""
    now = epoch(clock.now())
    claims = {
        "iss": issuer,
        "aud": client.client_id,
        "sub": subject,
        "sid": sid(session_id, client.client_id),
        "iat": now,
        "exp": now + LIFE_SECONDS,
        "jti": opaque(randomness, 16),
        "events": {_EVENT: {}},
    }
    return ring.sign(claims, alg=client.id_token_alg, typ=TYP)


class Delivery:
    """Tells applications that a session ended; called by the worker with a promise of the outbox.

    post_form: `idp.clients.fetch.GuardedHttp.post_form`: gives the status, or something with a `reason`.
    """

    def __init__(
        self,
        conf: Conf,
        registry: Registry,
        ring: KeyRing,
        audit: AuditLog,
        clock: Clock,
        randomness: Randomness,
        post_form: Callable[[str, Mapping[str, str]], Any],
    ) -> None:
        self._conf = conf
        self._registry = registry
        self._ring = ring
        self._audit = audit
        self._clock = clock
        self._randomness = randomness
        self._post_form = post_form

    def prepare(self, payload: Mapping[str, Any]) -> Letter | None:
        """The letter of a promise ``{"client_id", "session_id", "subject", "person_id"}``; None when nobody is there to be told."""
        client = self._registry.find(str(payload["client_id"]))
        if client is None or not client.backchannel_logout_uri:
            return None
        token = logout_token(
            self._ring,
            self._clock,
            self._randomness,
            self._conf.issuer,
            client,
            session_id=str(payload["session_id"]),
            subject=str(payload["subject"]),
        )
        who = payload.get("person_id")  # promises made before an upgrade do not name the person
        return Letter(client.client_id, client.backchannel_logout_uri, token, str(who) if who else None)

    def send(self, letter: Letter) -> Delivered | NotDelivered:
        """Post it; touches no database. 200 (and 204) is done, 400 cannot become better, all else may (section 2.8)."""
        status = self._post_form(letter.uri, {"logout_token": letter.logout_token})
        if status in (200, 204):
            return Delivered()
        if isinstance(status, int):
            return NotDelivered(f"status {status}", again=status not in (400, 501))
        return NotDelivered(str(getattr(status, "reason", "unreachable")))

    def note(self, letter: Letter, outcome: Delivered | NotDelivered) -> None:
        """Record how it went, where the person can see it (`interaction.untold`)."""
        subject = ("person", letter.person_id) if letter.person_id else None
        if isinstance(outcome, Delivered):
            self._audit.record(Tag.LOGOUT_DELIVER, SYSTEM, subject=subject, client_id=letter.client_id)
        else:
            self._audit.record(
                Tag.LOGOUT_FAIL, SYSTEM, subject=subject, client_id=letter.client_id, reason=outcome.reason, again=outcome.again
            )

    def deliver(self, payload: Mapping[str, Any]) -> Delivered | NotDelivered:
        """All of it in one unit; use the three steps apart where a unit must not wait for a slow application."""
        letter = self.prepare(payload)
        if letter is None:
            return Delivered()
        outcome = self.send(letter)
        self.note(letter, outcome)
        return outcome
