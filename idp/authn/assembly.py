"""The room's services over one unit, built when first asked for; wiring hands in what comes from elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from idp.audit.log import AuditLog
from idp.authn.account_security import Factors
from idp.authn.alarms import Alarms
from idp.authn.blocklist import Blocklist
from idp.authn.browsers.repeats import Repeats
from idp.authn.completion import Completion
from idp.authn.enrolment import Enrolments
from idp.authn.hashing import PasswordHasher
from idp.authn.helping.agency_codes import AgencyCodes
from idp.authn.helping.remembered import Remembered
from idp.authn.notices import Notices
from idp.authn.passkeys.ceremony import RelyingParty
from idp.authn.passkeys.service import Passkeys
from idp.authn.password_check import PasswordCheck
from idp.authn.passwords import Lengths, Passwords
from idp.authn.recovery import Links
from idp.authn.recovery_codes import RecoveryCodes
from idp.authn.second_factor import SecondFactor
from idp.authn.sessions import Sessions
from idp.authn.sign_in import SignInService
from idp.authn.store import AuthnStore
from idp.authn.throttle import Throttle
from idp.authn.unlocking import Unlocking
from idp.directory.people import People
from idp.kernel.clock import Clock
from idp.kernel.lazily import lazily
from idp.kernel.randomness import Randomness
from idp.kernel.sealing import Sealer
from idp.outbox.queue import Outbox

SESSIONS_KEPT_DAYS = 90  # ended ones, so that "where was I signed in" can still be answered


@dataclass(frozen=True, slots=True)
class AuthnOptions:
    """The operator's settings that this room follows."""

    issuer: str
    installation_name: str
    idle_minutes: int = 60
    absolute_hours: int = 12
    sign_in_minutes: int = 10
    link_minutes: int = 60
    activation_days: int = 7
    lengths: Lengths = field(default_factory=Lengths)
    password_max_age_days: int = 0
    agency_code_hours: int = 24
    cooling_hours: int = 24
    passkey_rp_id: str | None = None


class Authn:
    """sessions, throttle, sign_in, passwords, factors, links, recovery_codes, agency_codes, remembered.

    demanded: says whether policy demands a second factor of a person, by id (wiring asks enforcement); resistant: whether it
    demands one that cannot be phished.
    """

    def __init__(
        self, store: AuthnStore, people: People, audit: AuditLog, outbox: Outbox, hasher: PasswordHasher, blocklist: Blocklist,
        sealer: Sealer, clock: Clock, randomness: Randomness, options: AuthnOptions, *, demanded: Callable[[str], bool] = lambda _: False,
        resistant: Callable[[str], bool] = lambda _: False,
        needs_two: Callable[[str], bool] = lambda _: False, may_approve: Callable[[str, str], bool] = lambda _approver, _person: False,
    ) -> None:  # fmt: skip
        self._needs_two = needs_two
        self._may_approve = may_approve
        self._store = store
        self._people = people
        self._audit = audit
        self._hasher = hasher
        self._blocklist = blocklist
        self._sealer = sealer
        self._clock = clock
        self._randomness = randomness
        self._options = options
        self._demanded = demanded
        self._resistant = resistant
        self._notices = Notices(outbox)
        self.throttle = Throttle(store, clock)

    def prune(self, *, limit: int) -> int:
        """Forget what ended long ago, at most `limit` rows of each kind; gives the most of one kind that went."""
        now = self._clock.now()
        return max(
            self._store.counters.prune(now - timedelta(days=1), limit),
            self._store.sign_ins.prune(now - timedelta(days=1), limit),
            self._store.sessions.prune(now - timedelta(days=SESSIONS_KEPT_DAYS), limit),
            self._store.prune_links(now - timedelta(days=7), limit),
            self.remembered.prune(limit=limit),
            self.passkeys.prune(limit=limit),
        )

    @lazily
    def unlocking(self) -> Unlocking:
        """Failed attempts that count no more."""
        return Unlocking(self._store, self.throttle, self._audit, self._notices, self._clock)

    @property
    def notices(self) -> Notices:
        """Letters about accounts."""
        return self._notices

    @lazily
    def sessions(self) -> Sessions:
        """Signed-in browsers."""
        options = self._options
        return Sessions(
            self._store, self._audit, self._clock, self._randomness, idle_minutes=options.idle_minutes,
            absolute_hours=options.absolute_hours,
        )  # fmt: skip

    @lazily
    def recovery_codes(self) -> RecoveryCodes:
        """Codes that stand in for a lost phone."""
        return RecoveryCodes(self._store, self._audit, self._notices, self._clock, self._randomness)

    @lazily
    def agency_codes(self) -> AgencyCodes:
        """Printed codes of the agency for a lost phone."""
        options = self._options
        return AgencyCodes(
            self._store, self._audit, self._notices, self._clock, self._randomness, hours=options.agency_code_hours,
            cooling_hours=options.cooling_hours, needs_two=self._needs_two, may_approve=self._may_approve,
        )  # fmt: skip

    @lazily
    def remembered(self) -> Remembered:
        """Devices that may leave the second factor out."""
        return Remembered(self._store, self._audit, self._notices, self._clock, self._randomness)

    @lazily
    def passkeys(self) -> Passkeys:
        """Keys that never leave their authenticator, bound to our domain; only pages of the issuer's own origin may ask them."""
        issuer = self._options.issuer
        party = RelyingParty(self._options.passkey_rp_id or urlsplit(issuer).hostname or "", self._options.installation_name, issuer)
        return Passkeys(self._store, self._audit, self._notices, self._clock, self._randomness, party)

    @lazily
    def passwords(self) -> Passwords:
        """Setting and changing passwords."""
        return Passwords(
            self._store, self._hasher, self._blocklist, self.throttle, self._audit, self._notices, self._clock,
            lengths=self._options.lengths, max_age_days=self._options.password_max_age_days,
            organisation=(self._options.installation_name,), demanded=self._demanded, forget=self.remembered.forget,
        )  # fmt: skip

    @lazily
    def factors(self) -> Factors:
        """Second factors, as account pages and the help desk manage them."""
        return Factors(
            self._store, self._enrolments, self.passkeys, self.recovery_codes, self.throttle, self._audit, self._notices,
            self._clock, self._randomness, installation_name=self._options.installation_name, sign_in_minutes=self._options.sign_in_minutes,
            demanded=self._demanded, resistant=self._resistant, bar=self.agency_codes.bar, forget=self.remembered.forget,
        )  # fmt: skip

    @lazily
    def links(self) -> Links:
        """Activation and reset links."""
        options = self._options
        return Links(
            self._store, self._people, self.passwords, self.throttle, self._audit, self._notices, self._clock, self._randomness,
            issuer=options.issuer, link_minutes=options.link_minutes, activation_days=options.activation_days,
        )  # fmt: skip

    @lazily
    def alarms(self) -> Alarms:
        """Links that say "this was not me"."""
        return Alarms(self._store, self._clock, self._randomness, issuer=self._options.issuer)

    @lazily
    def sign_in(self) -> SignInService:
        """The steps from a name to a session."""
        check = PasswordCheck(
            self._store, self._people, self.throttle, self._hasher, self._audit, self._notices, self._clock
        )
        second = SecondFactor(
            self._store, self._sealer, self.throttle, self.recovery_codes, self.agency_codes, self._audit, self._notices, self._clock
        )
        completion = Completion(
            self._store, self.sessions, self._audit, self._notices, self._clock, self._randomness, alarms=self.alarms
        )
        return SignInService(
            self._store, self._people, check, second, self._enrolments, self.passwords, self.passkeys, completion, self._audit,
            self._clock, self._randomness, sign_in_minutes=self._options.sign_in_minutes,
        )  # fmt: skip

    @lazily
    def repeats(self) -> Repeats:
        """Forms of a half-done sign-in that come twice."""
        return Repeats(self._store.sign_ins, self._clock, self._randomness)

    @lazily
    def _enrolments(self) -> Enrolments:
        return Enrolments(
            self._store, self._sealer, self._audit, self._notices, self.recovery_codes, self._clock, self._randomness,
            installation_name=self._options.installation_name,
        )  # fmt: skip
