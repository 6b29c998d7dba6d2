"""Requests to correct employment data: asked where a person sees their data, answered by their government (UU 27/2022, article 6).

Nothing is changed here: the government corrects the record where it is kept, and answers. What is wanted never stands in a letter.
"""

from collections.abc import Sequence
from typing import Literal

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory.contacts import Contacts
from idp.directory.models import Correction, Person
from idp.directory.store import DirectoryStore
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotFound
from idp.kernel.randomness import Randomness, new_id
from idp.outbox.queue import Outbox

# A NIK is not asked for in writing: it is corrected at the desk, with the card.
FIELDS = (
    "name", "titles", "birthdate", "number", "employment_status", "government", "unit", "position", "grade", "email", "phone", "other",
)  # fmt: skip
MOST_OPEN = 10
LONGEST_WANTED, LONGEST_NOTE = 200, 1000
Outcome = Literal["accepted", "rejected"]


class Corrections:
    """Asks, lists, takes back, answers."""

    def __init__(
        self, store: DirectoryStore, contacts: Contacts, audit: AuditLog, outbox: Outbox, clock: Clock, randomness: Randomness
    ) -> None:
        self._store, self._contacts, self._audit, self._outbox = store, contacts, audit, outbox
        self._clock, self._randomness = clock, randomness

    def ask(self, actor: Actor, person: Person, field: str, wanted: str, note: str) -> Correction:
        """A person asks; their government's personnel administrators get a letter.

        Raises Invalid for an unknown field or bad text, Conflict when the field is asked for already or too much is open.
        """
        if field not in FIELDS:
            raise Invalid("correction.field", f"field: one of {', '.join(FIELDS)}", field="field")
        right, more = _text(wanted, LONGEST_WANTED, "wanted"), _text(note, LONGEST_NOTE, "note")
        if not right:
            raise Invalid("correction.wanted", "wanted: say what is right", field="wanted")
        mine = self._store.corrections(person_id=person.id, state="open")
        if any(one.field == field for one in mine):
            raise Conflict("correction.open", "this field is asked for already", field="field")
        if len(mine) >= MOST_OPEN:
            raise Conflict("correction.too_many", "too many requests are open", field="field")
        now = self._clock.now()
        row = Correction(
            id=new_id(self._randomness, now), person_id=person.id, government_code=person.government_code, field=field, wanted=right,
            note=more or None, state="open", created_at=now,
        )  # fmt: skip
        self._record(Tag.CORRECTION_ASK, actor, row)
        self._store.add(row)
        for reader in self._contacts.readers("personnel", person.government_code):
            self._outbox.mail(reader.email, "correction_opened", reader.locale, {"person": person.full_name, "at": now.isoformat()})
        return row

    def of_person(self, person_id: str) -> Sequence[Correction]:
        """A person's requests, newest first."""
        return self._store.corrections(person_id=person_id)

    def waiting(self, government_code: str | None = None, *, answered_too: bool = False) -> Sequence[Correction]:
        """Requests that wait for an answer, newest first."""
        return self._store.corrections(government_code=government_code, state=None if answered_too else "open")

    def take_back(self, actor: Actor, person_id: str, correction_id: str) -> None:
        """The person needs it no more; NotFound for what is not an open request of theirs."""
        row = self._store.settle_correction(
            correction_id, person_id=person_id, state="withdrawn", answered_at=self._clock.now(), answered_by=person_id
        )
        if row is None:
            raise NotFound("correction.unknown", "there is no such open request")
        self._record(Tag.CORRECTION_ANSWER, actor, row)

    def answer(self, actor: Actor, correction_id: str, outcome: Outcome, text: str) -> Correction:
        """Answer an open request, once, with what was done or why not; the person gets a letter. Raises NotFound, Invalid."""
        said = _text(text, LONGEST_NOTE, "text")
        if not said:
            raise Invalid("correction.text", "text: say what was done, or why not", field="text")
        by = actor.id if actor.kind == "person" else None
        row = self._store.settle_correction(correction_id, state=outcome, answer=said, answered_at=self._clock.now(), answered_by=by)
        if row is None:
            raise NotFound("correction.unknown", "there is no such open request")
        self._record(Tag.CORRECTION_ANSWER, actor, row)
        person = self._store.person(row.person_id)
        if person is not None and person.email:
            params = {"name": person.full_name, "accepted": outcome == "accepted", "answer": said}
            self._outbox.mail(person.email, "correction_answered", person.locale, params)
        return row

    def _record(self, tag: Tag, actor: Actor, row: Correction) -> None:
        about = ("person", row.person_id)
        self._audit.record(
            tag, actor, subject=about, government=row.government_code, field=row.field, correction=row.id, state=row.state
        )


def _text(value: str, longest: int, field: str) -> str:
    """Trimmed text; lines may break, nothing else that cannot be printed."""
    clean = "\n".join(line.rstrip() for line in value.strip().splitlines())
    if len(clean) > longest or not clean.replace("\n", "").replace("\t", "").isprintable():
        raise Invalid(f"correction.{field}", f"{field}: at most {longest} printable characters", field=field)
    return clean
