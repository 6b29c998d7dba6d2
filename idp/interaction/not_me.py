"""What follows when a person says "this was not me": the session ends with all it gave, the password opens nothing, the government is told.

The password is locked, not marked for a change: whoever stole it would meet the question for a new one first. A reset link goes to the
address known; the person's own other sessions stay, and end when the new password is set (attack S3).
"""

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.alarms import Alarm, Alarms
from idp.authn.passwords import Passwords
from idp.authn.recovery import Links
from idp.directory.contacts import Contacts
from idp.directory.models import Person
from idp.directory.people import People
from idp.interaction.leave import Leave
from idp.kernel.actor import Actor
from idp.kernel.errors import NotFound
from idp.outbox.queue import Outbox

REASON = "not_me"


class NotMe:
    """Acts on a person's word, given by the link of a letter or on their own pages."""

    def __init__(
        self, alarms: Alarms, people: People, passwords: Passwords, links: Links, leave: Leave, contacts: Contacts, audit: AuditLog,
        outbox: Outbox,
    ) -> None:  # fmt: skip
        self._alarms, self._people, self._passwords, self._links = alarms, people, passwords, links
        self._leave, self._contacts = leave, contacts
        self._audit, self._outbox = audit, outbox

    def by_link(self, actor: Actor, token: str) -> bool:
        """Act on the link of a letter, once; False when it no longer works. Nobody is signed in by it."""
        alarm = self._alarms.claim(token)
        if alarm is not None:
            self._act(actor, alarm, "letter")
        return alarm is not None

    def session(self, actor: Actor, person_id: str, session_id: str) -> bool:
        """A signed-in person says so of a session of theirs; gives whether a link for a new password was mailed."""
        return self._act(actor, self._alarms.about(person_id, session_id), "history")

    def failure(self, actor: Actor, alarm: Alarm, number: int) -> None:
        """A signed-in person says so of an attempt that failed (the audit event of this number): the government learns of it, once."""
        if not self._reported(alarm.person_id, "event", number):
            self._tell(actor, self._person(alarm.person_id), alarm, "failure", event=number)

    def _act(self, actor: Actor, alarm: Alarm, source: str) -> bool:
        person = self._person(alarm.person_id)
        if self._reported(person.id, "session", alarm.session_id):
            return bool(person.email)  # said before: a password chosen since then must not be locked again
        self._leave.disown(actor, alarm.person_id, alarm.session_id, REASON)
        self._passwords.lock(actor, person, REASON)
        self._tell(actor, person, alarm, source)
        return person.status == "active" and self._links.send_new_password(actor, person)

    def _tell(self, actor: Actor, person: Person, alarm: Alarm, source: str, event: int | None = None) -> None:
        readers = self._contacts.readers("security", person.government_code)
        self._audit.record(
            Tag.NOT_ME, actor, subject=("person", person.id), government=person.government_code, source=source, told=len(readers),
            session=alarm.session_id or None, event=event,
        )  # fmt: skip
        facts = {"at": alarm.at.isoformat() if alarm.at else None, "ip": alarm.ip, "agent": alarm.agent}
        for reader in readers:
            params = {"name": None, "person": person.full_name, "failed": source == "failure", **facts}
            self._outbox.mail(reader.email, "security_alert", reader.locale, params)

    def _reported(self, person_id: str, name: str, value: object) -> bool:
        before = self._audit.history(("person", person_id), (Tag.NOT_ME,), limit=200)
        return any((event.details or {}).get(name) == value for event in before)

    def _person(self, person_id: str) -> Person:
        person = self._people.get(person_id)
        if person is None:
            raise NotFound("person.unknown", "there is no such person")
        return person
