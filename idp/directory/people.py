"""The verbs about people: create, find, disable, enable, change what is known of them."""

from datetime import date
from typing import Any, Literal

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory import naming
from idp.directory.assignments import Assignments
from idp.directory.days import today
from idp.directory.models import Person
from idp.directory.new_person import NewPerson, check, required_name, word
from idp.directory.numbers import Numbers
from idp.directory.owners import keep_an_owner
from idp.directory.store import DirectoryStore
from idp.directory.vocabulary import Activity, EmploymentStatus, PersonStatus
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotFound
from idp.kernel.randomness import Randomness, new_id
from idp.kernel.sealing import Sealer
from idp.policy.access import ENDS_ACCESS

__all__ = ["NewPerson", "People", "Person"]
Way = Literal["number", "username", "address"]
_TEXTS = {"given_name": 200, "family_name": 200, "title_before": 60, "title_after": 60, "nickname": 60}
_PLAIN = frozenset({"birthdate", "government_code", "locale"})
_CHANGEABLE = frozenset({"name", "employment_status", "phone", *_TEXTS, *_PLAIN})


class People:
    """Everything that happens to a person's record; each change is audited in the same transaction."""

    def __init__(self, store: DirectoryStore, audit: AuditLog, clock: Clock, randomness: Randomness, sealer: Sealer) -> None:
        self._store, self._audit, self._clock, self._randomness = store, audit, clock, randomness
        self.numbers = Numbers(store, audit, clock, randomness, sealer)
        self.assignments = Assignments(store, audit, clock, randomness)

    # -- finding -------------------------------------------------------------------------------------------------

    def get(self, person_id: str) -> Person | None:
        """By id."""
        return self._store.person(person_id)

    def by_username(self, username: str) -> Person | None:
        """By username, however it is spelled."""
        key = naming.fold(username)
        return self._store.person_by_username(key) if naming.is_username(key) else None

    def find_for_sign_in(self, text: str) -> Person | None:
        """Whom a person means on the sign-in page: username, current NIP / NI PPPK / issued id, or mail address.

        All spellings (case, width, separators) give the same person. A number of the past gives nobody. An address
        that several accounts share gives the one account that has verified it, or nobody.
        """
        finders = {"number": self._store.person_by_number, "username": self._store.person_by_username, "address": self.by_address}
        return next((found for kind, value in self.ways_to_name(text) if (found := finders[kind](value))), None)

    def ways_to_name(self, text: str) -> tuple[tuple[Way, str], ...]:
        """What `text` may name on the sign-in page, in the order to look it up; nothing for what can be nobody's name.

        Numbers come first, so that no username can stand in the way of somebody's number; and a NIP that is nobody's
        number now is nobody, even where a username still says it.
        """
        key = naming.fold(text)
        number = self.numbers.written(key)
        ways: list[tuple[Way, str]] = [("number", number)] if number else []
        if not self.numbers.is_nip(key):
            if naming.is_username(key):
                ways.append(("username", key))
            if "@" in key:
                ways.append(("address", key))
        return tuple(ways)

    def sign_in_key(self, text: str) -> str:
        """One key for all spellings of a name that is nobody's, exactly as `find_for_sign_in` takes those of a known one together.

        Counting failures by any other fold would tell who has an account by which spellings have to wait (attack P1).
        """
        return self.numbers.written(text) or naming.fold(text)

    def find(self, text: str) -> list[Person]:
        """For administrators: like sign-in, and also by numbers of the past."""
        found = self.find_for_sign_in(text)
        return [found] if found else self.numbers.holders_ever(text)

    def unit_line(self, person_id: str) -> tuple[str, ...]:
        """The units a person holds a post in, and every unit above them."""
        return self._store.unit_line(post.unit_id for post in self._store.posts(person_id))

    def need(self, username: str) -> Person:
        """By username, current number or address; raises NotFound."""
        found = self.find_for_sign_in(username)
        if found is None:
            raise NotFound("person.unknown", "there is no such user", field="username")
        return found

    def by_address(self, key: str) -> Person | None:
        """The one account of a folded address; where several share it, the one that has verified it."""
        found = self._store.people_by_email(key)
        if len(found) == 1:
            return found[0]
        verified = [person for person in found if person.email_verified_at is not None]
        return verified[0] if len(verified) == 1 else None

    # -- creating ------------------------------------------------------------------------------------------------

    def create(self, actor: Actor, new: NewPerson) -> Person:
        """A person with a number (given, or issued), a random subject seed and, with `unit_id`, a primary assignment.

        Raises Invalid for a bad value, Conflict when the username or number belongs to somebody; then nothing is changed.
        Warnings (see `identifiers.compare`) stand in the audit event; `warnings` gives them again.
        """
        checked = check(new, today(self._clock))
        self._references(new.government_code, new.unit_id)
        if self._store.person_by_username(checked.columns["username"]):
            raise Conflict("username.taken", "username: it is already in use", field="username")
        now = self._clock.now()
        person = Person(
            id=new_id(self._randomness, now),
            subject_seed=self._randomness.bytes(32),
            created_at=now,
            updated_at=now,
            disabled_at=now if checked.columns["status"] == PersonStatus.DISABLED else None,
            **checked.columns,
        )
        self._audit.record(
            Tag.PERSON_CREATE, actor, subject=("person", person.id), government=person.government_code,
            username=person.username if not person.username.isdigit() else None,
            employment_status=person.employment_status, warnings=list(checked.warnings),
        )  # fmt: skip
        self._store.add(person)
        self._find_by(person)
        self.numbers.give(actor, person, checked.number)
        if checked.nik is not None:
            self.numbers.give_nik(actor, person, checked.nik)
        if new.unit_id is not None:
            self.assignments.assign(actor, person.id, new.unit_id, position=new.position, position_kind=new.position_kind, grade=new.grade)
        return person

    def warnings(self, new: NewPerson) -> tuple[str, ...]:
        """What an administrator should look at before or after creating this person; raises Invalid like `create`."""
        return check(new, today(self._clock)).warnings

    def _references(self, government_code: str | None, unit_id: str | None) -> None:
        if government_code is not None and self._store.government(government_code) is None:
            raise Invalid("government.unknown", "government: there is no government with this code", field="government")
        if unit_id is None:
            return
        unit = self._store.unit(unit_id)
        if unit is None or (government_code is not None and unit.government_code != government_code):
            raise Invalid("unit.unknown", "unit: there is no such unit in this government", field="unit")

    # -- changing ------------------------------------------------------------------------------------------------

    def activate(self, actor: Actor, person_id: str) -> Person:
        """An invited person becomes active (an activation link was used, or an operator set a password)."""
        person = self._person(person_id)
        if person.status == PersonStatus.DISABLED:
            raise Conflict("person.disabled", "the account is disabled")
        if person.status == PersonStatus.INVITED:
            person.status = PersonStatus.ACTIVE
            self._changed(Tag.PERSON_CHANGE, actor, person, status=person.status)
        return person

    def disable(self, actor: Actor, person_id: str, reason: str | None = None) -> Person:
        """Nothing may be done with this account from the next look on. Ending its sessions is the caller's `leave`.

        Raises Conflict for the last owner of the installation.
        """
        person = self._person(person_id)
        if person.status != PersonStatus.DISABLED:
            keep_an_owner(self._store, person.id)
            person.status, person.disabled_at = PersonStatus.DISABLED, self._clock.now()
            self._changed(Tag.PERSON_DISABLE, actor, person, reason=reason)
        return person

    def enable(self, actor: Actor, person_id: str, reason: str | None = None) -> Person:
        """Undo a disabling; Conflict for somebody whose activity (retired, suspended …) ends access."""
        person = self._person(person_id)
        if person.activity in ENDS_ACCESS:
            raise Conflict("person.inactive", f"the person is {person.activity}: change the activity first")
        if person.status == PersonStatus.DISABLED:
            person.status, person.disabled_at = PersonStatus.ACTIVE, None
            self._changed(Tag.PERSON_ENABLE, actor, person, reason=reason)
        return person

    def set_activity(self, actor: Actor, person_id: str, activity: str) -> Person:
        """What HR says the person does; an activity that ends access disables the account in the same step."""
        person = self._person(person_id)
        person.activity = word(Activity, activity, "activity")
        self._changed(Tag.PERSON_CHANGE, actor, person, activity=person.activity)
        return self.disable(actor, person_id, reason=person.activity) if person.activity in ENDS_ACCESS else person

    def set_email(self, actor: Actor, person_id: str, email: str | None, *, verified: bool = False) -> Person:
        """Another address (None takes it away); unverified unless the caller has proof."""
        person = self._person(person_id)
        person.email = naming.email(email) if email is not None else None
        person.email_key = naming.fold(person.email) if person.email else None
        person.email_verified_at = self._clock.now() if person.email and verified else None
        self._changed(Tag.PERSON_CHANGE, actor, person, fields=["email"], verified=verified)
        self._find_by(person)
        return person

    def decline_factor_suggestion(self, actor: Actor, person_id: str) -> Person:
        """The person does not want a second factor to be suggested any more."""
        person = self._person(person_id)
        person.factor_suggestion_declined_at = self._clock.now()
        self._changed(Tag.PERSON_CHANGE, actor, person, fields=["factor_suggestion_declined_at"])
        return person

    def verify_email(self, actor: Actor, person_id: str) -> Person:
        """The address was proved (a link sent to it was used)."""
        person = self._person(person_id)
        if person.email is not None and person.email_verified_at is None:
            person.email_verified_at = self._clock.now()
            self._changed(Tag.PERSON_CHANGE, actor, person, fields=["email"], verified=True)
        return person

    def change(self, actor: Actor, person_id: str, **values: Any) -> Person:
        """Other columns: names, titles, phone, birthdate, government_code, employment_status, locale."""
        person = self._person(person_id)
        for name, value in values.items():
            setattr(person, name, self._checked(name, value))
        if "phone" in values:
            person.phone_verified_at = None
        self._changed(Tag.PERSON_CHANGE, actor, person, fields=sorted(values))
        self._find_by(person)
        return person

    def _checked(self, name: str, value: Any) -> Any:
        if name not in _CHANGEABLE:
            raise Invalid("person.field", f"{name}: it cannot be changed this way", field=name)
        if name == "name":
            return required_name(value)
        if name == "employment_status":
            return word(EmploymentStatus, value, name)
        if name == "phone":
            return naming.phone(value) if value is not None else None
        if name == "government_code":
            self._references(value, None)
        return naming.display(value, name, longest=_TEXTS[name]) if name in _TEXTS else value

    # -- numbers and posts: one door for callers -----------------------------------------------------------------

    def change_identifier(self, actor: Actor, person_id: str, number: str) -> Person:
        """Another NIP or NI PPPK; the old one stays as history and no longer signs in."""
        person = self._person(person_id)
        self.numbers.change(actor, person, number)
        self._touch(person)
        return person

    def set_nik(self, actor: Actor, person_id: str, nik: str) -> Person:
        """Another NIK, sealed; the old one stays as history."""
        person = self._person(person_id)
        self.numbers.change_nik(actor, person, nik)
        self._touch(person)
        return person

    def assign(self, actor: Actor, person_id: str, unit_id: str, **post: Any) -> str:
        """A post for a person (see `Assignments.assign`); gives its id."""
        self._person(person_id)
        return self.assignments.assign(actor, person_id, unit_id, **post)

    def end_assignment(self, actor: Actor, assignment_id: str, day: date | None = None) -> None:
        """A post ends: `day` (default today) is the first day without it."""
        self.assignments.end(actor, assignment_id, day)

    def _person(self, person_id: str) -> Person:
        person = self._store.person(person_id)
        if person is None:
            raise NotFound("person.unknown", "there is no such person")
        return person

    def _find_by(self, person: Person) -> None:
        self._store.replace_words(person.id, naming.words(person.name, person.nickname, person.username, person.email_key))

    def _touch(self, person: Person) -> None:
        person.updated_at = self._clock.now()
        self._store.save()

    def _changed(self, tag: Tag, actor: Actor, person: Person, **details: Any) -> None:
        self._audit.record(tag, actor, subject=("person", person.id), government=person.government_code, **details)
        self._touch(person)
