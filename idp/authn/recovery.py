"""Links that set a password: reset by mail, activation by mail or handed out. Single-use, short-lived, stored as digests.

They never sign anybody in and never touch a second factor (attack M4). An unknown name costs the same work (attack P2), and every
link starts with the configured issuer, never with a request's host (attack M5).
"""

from datetime import timedelta
from typing import Any, Literal

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.browsers.devices import device_digest
from idp.authn.models import OneTimeLink
from idp.authn.notices import Notices
from idp.authn.passwords import Passwords
from idp.authn.results import Changed
from idp.authn.store import AuthnStore
from idp.authn.throttle import Throttle, Wait
from idp.directory.models import Person
from idp.directory.people import People
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict
from idp.kernel.randomness import Randomness, digest, new_id, opaque

Kind = Literal["activation", "reset"]
_PATHS: dict[str, str] = {"activation": "/activate/", "reset": "/reset/"}


class Links:
    """Sends, opens and redeems one-time links."""

    def __init__(
        self, store: AuthnStore, people: People, passwords: Passwords, throttle: Throttle, audit: AuditLog, notices: Notices, clock: Clock,
        randomness: Randomness, *, issuer: str, link_minutes: int, activation_days: int,
    ) -> None:  # fmt: skip
        self._store = store
        self._people = people
        self._passwords = passwords
        self._throttle = throttle
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._randomness = randomness
        self._issuer = issuer
        self._lives: dict[str, timedelta] = {"reset": timedelta(minutes=link_minutes), "activation": timedelta(days=activation_days)}

    def send_reset(self, actor: Actor, identifier: str) -> None:
        """Mail a reset link to whom `identifier` names, if it names an active person with an address.

        Answers nothing: known and unknown names make the same rows. A few letters an hour and account at most.
        """
        text = identifier if _is_name(identifier) else ""
        person = self._people.find_for_sign_in(text) if text else None
        held = self._throttle.reset_letter(person.id if person else self._people.sign_in_key(text), actor.ip)
        if isinstance(held, Wait):
            self._audit.record(
                Tag.SIGN_IN_THROTTLE, actor, subject=("person", person.id) if person else None, purpose="reset", wait=held.seconds
            )
            return
        if person is not None and (person.status != "active" or not person.email):
            person = None
        link = self._make("reset", person, mailed_to=person.email_key if person else None)
        params = {"link": link, "minutes": int(self._lives["reset"].total_seconds() // 60)}
        if person is None or not self._notices.tell(person, "reset", **params):
            self._notices.pretend("reset", **params)
        self._record(Tag.LINK_SEND, actor, person, kind="reset")

    def send_new_password(self, actor: Actor, person: Person) -> bool:
        """Mail a reset link to a person whose password was locked; False when no address is known."""
        if not person.email:
            return False
        link = self._make("reset", person, mailed_to=person.email_key)
        self._notices.tell(person, "reset", link=link, minutes=int(self._lives["reset"].total_seconds() // 60), locked=True)
        self._record(Tag.LINK_SEND, actor, person, kind="reset")
        return True

    def send_activation(self, actor: Actor, person: Person) -> str:
        """A link by which an invited person sets the first password: mailed where there is an address, and given back so
        that the agency can hand it out. Older ones end."""
        if person.status == "disabled":
            raise Conflict("person.disabled", "the account is disabled")
        link = self._make("activation", person)
        mailed = False
        if person.email:
            # Another link than the one handed out: only the use of this one proves the mailbox.
            by_mail = self._make("activation", person, mailed_to=person.email_key, supersede=False)
            mailed = self._notices.tell(person, "activation", link=by_mail, days=self._lives["activation"].days, username=person.username)
        self._record(Tag.LINK_SEND, actor, person, kind="activation", mailed=mailed)
        return link

    def open(self, kind: str, token: str) -> Person | None:
        """Whose link this is, while it works; looking does not use it up (mail scanners look too)."""
        if kind not in _PATHS or not token or len(token) > 100 or not token.isascii():
            return None
        found = self._store.open_link(kind, digest(token), self._clock.now())
        person = self._people.get(found.person_id) if found is not None and found.person_id else None
        return person if person is not None and _may_use(kind, person) else None

    def redeem(self, actor: Actor, kind: str, token: str, new_password: str, *, device: str | None = None) -> Changed | None:
        """Use a link to set a password; None when it no longer works, Invalid (link kept) when the password is refused.

        An invited person becomes active. The caller leaves all sessions; nobody is signed in by this. device: the device
        cookie of this browser, which stays known; every other device is forgotten.
        """
        person = self.open(kind, token)
        if person is None:
            return None
        # A link proves the mailbox, not the old password: whether the new one is the same is not told.
        prepared = self._passwords.prepare(person, new_password, compare=False)
        opened = self._store.open_link(kind, digest(token), self._clock.now())
        mailed_to = opened.mailed_to if opened is not None else None
        if self._store.claim_link(kind, digest(token), self._clock.now()) is None or not self._stands(kind, person.id):
            return None
        self._record(Tag.LINK_USE, actor, person, kind=kind)
        if mailed_to is not None and person.email_key is not None and mailed_to == digest(person.email_key):
            # It came by this mailbox, which is the person's address still.
            self._people.verify_email(actor, person.id)
        if kind == "activation":
            self._people.activate(actor, person.id)
        return self._passwords.put(actor, person, prepared, tag=Tag.PASSWORD_SET, device=device_digest(device))

    def _stands(self, kind: str, person_id: str) -> bool:
        """Hashing took a while, outside the transaction: look again whether the person may."""
        person = self._store.refreshed(person_id)
        return person is not None and _may_use(kind, person)

    def _make(self, kind: Kind, person: Person | None, *, mailed_to: str | None = None, supersede: bool = True) -> str:
        now, token = self._clock.now(), opaque(self._randomness)
        # For nobody this touches no row, and the row below is one that never opens: the same statements run.
        if supersede:
            self._store.supersede_links(person.id if person else "", now, (kind,))
        self._store.add(
            OneTimeLink(
                id=new_id(self._randomness, now), kind=kind, digest=digest(token), person_id=person.id if person else None,
                created_at=now, expires_at=now + self._lives[kind], mailed_to=digest(mailed_to) if mailed_to else None,
            )
        )  # fmt: skip
        return f"{self._issuer}{_PATHS[kind]}{token}"

    def _record(self, tag: Tag, actor: Actor, person: Person | None, **details: Any) -> None:
        self._audit.record(
            tag, actor, subject=("person", person.id) if person else None, government=person.government_code if person else None, **details
        )


def _may_use(kind: str, person: Person) -> bool:
    return person.status == "active" or (kind == "activation" and person.status == "invited")


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 320 and "\0" not in text and text.isprintable()
