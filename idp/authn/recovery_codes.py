"""Recovery codes: a set made at once, shown once, stored as digests, each working once (ASVS 6.5.1 to 6.5.3)."""

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn import totp
from idp.authn.notices import Notices
from idp.authn.store import AuthnStore
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.randomness import Randomness, digest, new_id

FEW_CODES = 2  # so few left that the person is told


class RecoveryCodes:
    """Makes, counts and claims the codes of a person."""

    def __init__(self, store: AuthnStore, audit: AuditLog, notices: Notices, clock: Clock, randomness: Randomness) -> None:
        self._store = store
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._randomness = randomness

    def regenerate(self, actor: Actor, person: Person) -> list[str]:
        """A new set in place of the old one, whose codes are dead; the only time the codes are seen (attack M7)."""
        now = self._clock.now()
        codes = [totp.new_recovery_code(self._randomness) for _ in range(totp.RECOVERY_CODES)]
        rows = [
            {"id": new_id(self._randomness, now), "person_id": person.id, "digest": _digest(person.id, code), "created_at": now}
            for code in codes
        ]
        self._store.replace_recovery_codes(person.id, rows)
        self._audit.record(
            Tag.RECOVERY_CODES_CREATE, actor, subject=("person", person.id), government=person.government_code, count=len(codes)
        )
        return codes

    def left(self, person_id: str) -> int:
        """How many unused codes a person has."""
        return self._store.recovery_codes_left(person_id)

    def use(self, actor: Actor, person: Person, code: str) -> int | None:
        """Claim a code and tell the person by mail; gives how many are left, None when it is not one."""
        text = totp.clean_recovery_code(code)
        if text is None or not self._store.claim_recovery_code(person.id, _digest(person.id, text), self._clock.now()):
            return None
        left = self.left(person.id)
        self._audit.record(
            Tag.RECOVERY_CODE_USE, actor, subject=("person", person.id), government=person.government_code, left=left
        )
        self._notices.tell(person, "recovery_code_used", left=left, few=left <= FEW_CODES, at=self._clock.now().isoformat(), ip=actor.ip)
        return left

    def drop(self, person_id: str) -> None:
        """No codes any more (the last factor is gone)."""
        self._store.replace_recovery_codes(person_id, [])


def _digest(person_id: str, code: str) -> bytes:
    return digest(f"recovery:{person_id}:{totp.clean_recovery_code(code)}")
