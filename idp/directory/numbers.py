"""A person's numbers through time: given, changed, issued, found; the past is kept and never signs in."""

from typing import Any

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.directory.days import today
from idp.directory.identifiers import Parsed, digits_of, mask, parse_nik, parse_number
from idp.directory.models import Person, PersonIdentifier
from idp.directory.naming import fold
from idp.directory.store import DirectoryStore, nik_context
from idp.directory.vocabulary import IdentifierKind, PersonStatus
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, NotFound
from idp.kernel.randomness import Randomness, letters, new_id
from idp.kernel.sealing import Sealer

_ISSUED_PREFIX = "su"
_ISSUED_LENGTH = 10


class Numbers:
    """Writes and reads the numbers of people. Callers check that the person exists."""

    def __init__(self, store: DirectoryStore, audit: AuditLog, clock: Clock, randomness: Randomness, sealer: Sealer) -> None:
        self._store, self._audit, self._clock, self._randomness, self._sealer = store, audit, clock, randomness, sealer

    @staticmethod
    def is_nip(key: str) -> bool:
        """True for a folded text that has the length of a NIP or NI PPPK and nothing but digits."""
        bare = digits_of(key)
        return len(bare) == 18 and bare.isdigit()

    def holders_ever(self, text: str) -> list[Person]:
        """Who has or had this number."""
        value = self.written(text)
        return self._store.people_by_any_number(value) if value else []

    def by_nik(self, text: str) -> Person | None:
        """Whose NIK this is, by its keyed hash; Invalid when it is none."""
        return self._store.person_by_nik(self._lookup(parse_nik(text, today(self._clock)).value))

    def nik(self, person_id: str) -> str | None:
        """The NIK itself, opened: for approved claims only."""
        row = self._store.current_nik(person_id)
        return self._sealer.open(row.sealed, nik_context(person_id)).decode() if row and row.sealed else None

    def give(self, actor: Actor, person: Person, number: Parsed | None) -> PersonIdentifier:
        """The first number of a person, or an issued one when there is none."""
        if number is None:
            issued = _ISSUED_PREFIX + letters(self._randomness, _ISSUED_LENGTH)
            return self._add(person, kind=IdentifierKind.ISSUED, value=issued)
        self._free(actor, self._store.person_by_number(number.value), person, number.kind)
        return self._add(person, kind=number.kind, value=number.value)

    def give_nik(self, actor: Actor, person: Person, nik: Parsed) -> PersonIdentifier:
        """The first NIK of a person: encrypted, found by a keyed hash."""
        lookup = self._lookup(nik.value)
        self._free(actor, self._store.person_by_nik(lookup), person, IdentifierKind.NIK)
        sealed = self._sealer.seal(nik.value.encode(), nik_context(person.id))
        return self._add(person, kind=IdentifierKind.NIK, lookup=lookup, sealed=sealed)

    def change(self, actor: Actor, person: Person, text: str) -> None:
        """The number in force is closed and the new one opened; the same number again changes nothing."""
        number = parse_number(text, today(self._clock))
        old = self._store.current_number(person.id)
        if old is not None and old.value == number.value:
            return
        self._audit.record(
            Tag.IDENTIFIER_CHANGE, actor, subject=("person", person.id), government=person.government_code,
            kind=number.kind.value, old=mask(old.value) if old and old.value else None, new=mask(number.value),
        )  # fmt: skip
        self._close(old)
        self.give(actor, person, number)

    def change_nik(self, actor: Actor, person: Person, text: str) -> None:
        """Like `change`, for the NIK; nothing of it is recorded."""
        nik = parse_nik(text, today(self._clock))
        old = self._store.current_nik(person.id)
        if old is not None and old.lookup == self._lookup(nik.value):
            return
        self._audit.record(
            Tag.IDENTIFIER_CHANGE, actor, subject=("person", person.id), government=person.government_code,
            kind=IdentifierKind.NIK.value,
        )  # fmt: skip
        self._close(old)
        self.give_nik(actor, person, nik)

    def current(self, person_id: str) -> PersonIdentifier:
        """The number in force; NotFound when another account has taken it over."""
        row = self._store.current_number(person_id)
        if row is None:
            raise NotFound("number.none", "the person has no number at present")
        return row

    def _free(self, actor: Actor, holder: Person | None, person: Person, kind: IdentifierKind) -> None:
        """Refuse a number that a second live account would have; take it from a disabled one, whose history keeps it."""
        if holder is None or holder.id == person.id:
            return
        if holder.status != PersonStatus.DISABLED:
            name = "nik" if kind is IdentifierKind.NIK else "nip"
            raise Conflict(f"{name}.taken", f"{name}: another active account has this number", field=name)
        self._audit.record(
            Tag.IDENTIFIER_CHANGE, actor, subject=("person", holder.id), government=holder.government_code,
            kind=kind.value, taken_by=person.id,
        )  # fmt: skip
        nik = kind is IdentifierKind.NIK
        self._close(self._store.current_nik(holder.id) if nik else self._store.current_number(holder.id))

    def _close(self, row: PersonIdentifier | None) -> None:
        if row is not None:
            row.valid_to = self._clock.now()
            self._store.save()

    def _add(self, person: Person, **values: Any) -> PersonIdentifier:
        now = self._clock.now()
        row = PersonIdentifier(id=new_id(self._randomness, now), person_id=person.id, valid_from=now, **values)
        self._store.add(row)
        return row

    def _lookup(self, nik: str) -> bytes:
        return self._sealer.lookup(nik, "nik")

    @staticmethod
    def written(text: str) -> str:
        """A number without its separators; empty for what has not the form of one."""
        key = fold(text)
        bare = digits_of(key)
        if len(bare) == 18 and bare.isdigit():
            return bare
        return bare if len(bare) == len(_ISSUED_PREFIX) + _ISSUED_LENGTH and bare.startswith(_ISSUED_PREFIX) else ""
