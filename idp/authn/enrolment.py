"""Setting up an authenticator app: the key waits, sealed, in the row of the sign-in (or of the session's set-up) that asked.

It belongs to that one browser: a key shown in one browser can never be confirmed in another.
"""

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn import totp
from idp.authn.models import SignIn, TotpSecret
from idp.authn.notices import Notices
from idp.authn.recovery_codes import RecoveryCodes
from idp.authn.results import Enrolled, Enrolment, Refused
from idp.authn.store import AuthnStore
from idp.directory.models import Person
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict
from idp.kernel.randomness import Randomness, new_id
from idp.kernel.sealing import Sealer

MOST_FACTORS = 5


class Enrolments:
    """Begins and confirms; who may is decided by the caller."""

    def __init__(
        self, store: AuthnStore, sealer: Sealer, audit: AuditLog, notices: Notices, recovery_codes: RecoveryCodes, clock: Clock,
        randomness: Randomness, *, installation_name: str,
    ) -> None:  # fmt: skip
        self._store = store
        self._sealer = sealer
        self._audit = audit
        self._notices = notices
        self._recovery_codes = recovery_codes
        self._clock = clock
        self._randomness = randomness
        self._installation = installation_name

    def begin(self, row: SignIn, person: Person) -> Enrolment:
        """The key that waits in `row`, made at the first call: reloading the page shows the same QR code."""
        if len(self._store.totp(person.id)) >= MOST_FACTORS:
            raise Conflict("factor.too_many", "the number of authenticators allowed is reached")
        if row.pending_totp is None:
            secret = totp.new_secret(self._randomness)
            row.pending_totp = self._sealer.seal(secret.encode(), f"enrolment:{row.id}")
            self._store.sign_ins.flush()
        return totp.enrolment(self._pending(row), person.username, self._installation)

    def confirm(self, actor: Actor, row: SignIn, person: Person, code: str, name: str) -> Refused | Enrolled:
        """The first code of the new key proves that it arrived; the code's step is used up by that (attack M1)."""
        if row.pending_totp is None:
            raise Conflict("enrolment.gone", "there is no authenticator waiting to be confirmed")
        secret, typed = self._pending(row), totp.clean(code)
        fit = totp.fit(secret, typed, self._clock.now()) if typed else None
        if fit is None:
            return Refused("wrong")
        if not fit.acceptable:
            return Refused("drift", drift_minutes=fit.drift_minutes)
        if not self._store.sign_ins.take_pending(row.id):
            raise Conflict("enrolment.gone", "this set-up was finished elsewhere")
        self.add(actor, person, secret, name, last_step=fit.step)
        return self.codes_for(actor, person)

    def codes_for(self, actor: Actor, person: Person) -> Enrolled:
        """What goes with a new factor: recovery codes, unless a set is there."""
        if self._recovery_codes.left(person.id):
            return Enrolled([])
        return Enrolled(self._recovery_codes.regenerate(actor, person))

    def add(self, actor: Actor, person: Person, secret: str, name: str, *, last_step: int | None) -> TotpSecret:
        """Store a confirmed authenticator, record it, tell the person."""
        now = self._clock.now()
        row_id, label = new_id(self._randomness, now), " ".join(name.split())[:60] or "Authenticator"
        row = TotpSecret(
            id=row_id, person_id=person.id, name=label, sealed=self._sealer.seal(secret.encode(), seal_context(row_id)),
            last_step=last_step, created_at=now, confirmed_at=now, last_used_at=now if last_step is not None else None,
        )  # fmt: skip
        self._store.add(row)
        self._audit.record(
            Tag.FACTOR_ENROL, actor, subject=("person", person.id), government=person.government_code, factor="totp", factor_id=row_id
        )
        self._notices.tell(person, "factor_added", factor=label, at=now.isoformat(), ip=actor.ip)
        return row

    def _pending(self, row: SignIn) -> str:
        return self._sealer.open(row.pending_totp or b"", f"enrolment:{row.id}").decode()


def seal_context(row_id: str) -> str:
    """What a stored key is bound to: moved to another row it does not open."""
    return f"totp:{row_id}"
