"""Devices that wait for a person (RFC 8628): begin, approve or deny, poll, redeem once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from idp.audit.tags import Tag
from idp.kernel.actor import Actor
from idp.kernel.randomness import digest, new_id, opaque
from idp.kernel.scopes import format_scopes, parse
from idp.tokens.codes import Codes
from idp.tokens.view import DeviceView, GrantView, NewGrant, Refused

LIFE = timedelta(minutes=10)
PACE_SECONDS = 5
_LONGEST_PACE = 60
# What travels over a network may come a little early.
_TOLERANCE = timedelta(seconds=1)
# No vowels, so no words; nothing that looks like something else (RFC 8628 section 6.1): 20**8 is 34 bits for ten minutes.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
_LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class Begun:
    """What a device is given: its own code, and the one the person types."""

    device_code: str
    user_code: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Who said yes, and how they had proved who they are."""

    session_id: str
    subject: str
    government_code: str | None
    auth_time: datetime
    acr: str
    amr: tuple[str, ...]


class Devices(Codes):
    """The part of the ledger that knows devices."""

    def begin_device(
        self, actor: Actor, client_id: str, *, scope: tuple[str, ...], resource: tuple[str, ...], acr_values: tuple[str, ...],
        authorization_details: tuple[dict[str, Any], ...] = (),
    ) -> Begun:  # fmt: skip
        """Let a device wait for ten minutes. Nothing is granted yet; the answer of the person is what is recorded."""
        now, device_code, user_code = self._clock.now(), opaque(self._randomness), self._user_code()
        self._store.devices.add(
            {
                "id": new_id(self._randomness, now),
                "client_id": client_id,
                "device_digest": digest(device_code),
                "user_digest": self._user_digest(user_code),
                "scope": format_scopes(scope),
                "resource": " ".join(resource),
                "acr_values": " ".join(acr_values),
                "authorization_details": [*authorization_details] or None,
                "ip": actor.ip,
                "created_at": now,
                "expires_at": now + LIFE,
                "pace": PACE_SECONDS,
                "next_poll_at": now,
            }
        )
        return Begun(device_code, user_code)

    def take_device(self, user_code: str, person_id: str) -> DeviceView | None:
        """The waiting device of a typed code, from now on this person's alone; None for a wrong, late or taken code (attack C8)."""
        plain = normalised(user_code)
        return self._store.devices.take(self._user_digest(plain), person_id, self._clock.now()) if plain else None

    def waiting_device(self, device_id: str, person_id: str) -> DeviceView | None:
        """The device that this person is deciding about, while it waits."""
        found = self._store.devices.by_id(device_id)
        return found if found is not None and found.person_id == person_id and found.state(self._clock.now()) == "pending" else None

    def approve_device(self, actor: Actor, device: DeviceView, person_id: str, approval: Approval) -> bool:
        """The person said yes; False when the code was answered or ended meanwhile."""
        done = self._store.devices.approve(
            device.id,
            person_id,
            self._clock.now(),
            session_id=approval.session_id,
            subject=approval.subject,
            government_code=approval.government_code,
            auth_time=approval.auth_time,
            acr=approval.acr,
            amr=" ".join(approval.amr),
        )
        if done:
            self._answered(Tag.DEVICE_ALLOW, actor, device, person_id, approval.government_code, scope=device.scope, from_ip=device.ip)
        return done

    def deny_device(self, actor: Actor, device: DeviceView, person_id: str, government: str | None) -> None:
        """The person said no: the device is told so, and the code is dead."""
        if self._store.devices.deny(device.id, self._clock.now()):
            self._answered(Tag.DEVICE_DENY, actor, device, person_id, government, from_ip=device.ip)

    def redeem_device(
        self, actor: Actor, device_code: str, *, client_id: str, may_refresh: bool, proved: str | None = None
    ) -> GrantView | Refused:
        """Answer a poll: the grant, once; otherwise why not yet or not at all, by the names of RFC 8628 section 3.5.

        proved: the key that the device proved to hold; the grant is bound to it.
        """
        if len(device_code) > _LONGEST_CODE or not device_code.isascii():
            return self._refuse_device(actor, None, client_id, "unknown")
        now, fingerprint = self._clock.now(), digest(device_code)
        known = self._store.devices.by_device_digest(fingerprint)
        if known is None:
            return self._refuse_device(actor, None, client_id, "unknown")
        offline = may_refresh and "offline_access" in parse(known.scope)
        # One statement decides who of many parallel polls gets the tokens.
        device = self._store.devices.redeem(fingerprint, client_id, now, offline=offline)
        if device is None:
            return self._not_redeemed(actor, self._store.devices.by_id(known.id) or known, client_id, fingerprint)
        grant_id = self.issue_unasked(actor, _grant(device, proved), spent=fingerprint, may_refresh=may_refresh)
        grant = self._store.by_id(grant_id, now)
        return grant if grant is not None else Refused("unknown")

    def _not_redeemed(self, actor: Actor, device: DeviceView, client_id: str, fingerprint: bytes) -> Refused:
        now = self._clock.now()
        if device.client_id != client_id:
            # Only theft brings a code to another client: it is dead from here on, as an authorization code is.
            self._store.devices.deny(device.id, now)
            return self._refuse_device(actor, device, client_id, "wrong_client")
        state = device.state(now)
        if state == "redeemed":
            grant = self._store.by_code(fingerprint, now)
            if grant is not None and self._store.revoke("code_reuse", now, grant_id=grant.id):
                self._note(Tag.CODE_REUSE, actor, grant, by_client=client_id)
            return self._refuse_device(actor, device, client_id, "used")
        if state == "pending":
            return self._too_early(device, now)
        return self._refuse_device(actor, device, client_id, state)

    def _too_early(self, device: DeviceView, now: datetime) -> Refused:
        if self._store.devices.poll(device.id, now, now + timedelta(seconds=device.pace) - _TOLERANCE):
            return Refused("authorization_pending")
        self._store.devices.slow(device.id, by=PACE_SECONDS, most=_LONGEST_PACE)
        return Refused("slow_down")

    def _refuse_device(self, actor: Actor, device: DeviceView | None, client_id: str, reason: str) -> Refused:
        subject = ("person", device.person_id) if device and device.person_id else None
        self._audit.record(Tag.DEVICE_REFUSE, actor, subject=subject, client_id=client_id, reason=reason)
        return Refused(reason)

    def _answered(self, tag: Tag, actor: Actor, device: DeviceView, person_id: str, government: str | None, **details: object) -> None:
        self._audit.record(
            tag, actor, subject=("person", person_id), government=government, client_id=device.client_id, device=device.id, **details
        )

    def _user_code(self) -> str:
        """Each letter equally likely: bytes that would favour the first letters of the alphabet are drawn again."""
        found = ""
        while len(found) < LENGTH:
            fair = [byte for byte in self._randomness.bytes(2 * LENGTH) if byte < 240]
            found += "".join(ALPHABET[byte % len(ALPHABET)] for byte in fair)
        return found[:LENGTH]

    def _user_digest(self, user_code: str) -> bytes:
        """Keyed, because 34 bits are tried out quickly by who has the table."""
        return self._sealer.lookup(user_code, "device user code")


def normalised(user_code: str) -> str | None:
    """The letters of a code as somebody types it (any case, any dashes and spaces), or None when it cannot be one."""
    plain = "".join(character for character in user_code.upper() if character.isalnum())
    return plain if len(user_code) <= 40 and len(plain) == LENGTH and set(plain) <= set(ALPHABET) else None


def grouped(user_code: str) -> str:
    """``BCDF-GHJK``, as it is shown."""
    return f"{user_code[: LENGTH // 2]}-{user_code[LENGTH // 2 :]}"


def _grant(device: DeviceView, proved: str | None) -> NewGrant:
    if device.person_id is None or device.session_id is None or device.auth_time is None:
        raise LookupError("an approved device without its person")
    return NewGrant(
        client_id=device.client_id,
        person_id=device.person_id,
        session_id=device.session_id,
        subject=device.subject or "",
        government_code=device.government_code,
        scope=parse(device.scope),
        resource=tuple(device.resource.split()),
        claims=None,
        nonce=None,
        redirect_uri="",
        code_challenge=None,
        auth_time=device.auth_time,
        acr=device.acr or "",
        amr=tuple((device.amr or "").split()),
        bound_to=proved,
        authorization_details=tuple(device.authorization_details or ()),
    )
