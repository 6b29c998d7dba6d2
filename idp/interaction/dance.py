"""The dance: from an accepted authorization request to its answer, one step at a time.

State is a row; every page returns to it; "done" is read from what happened since, never from a flag in a URL.
With a live session and nothing to ask, `enter` answers at once and no row is written.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.authn.accounts.account import Account
from idp.authn.sessions import LiveSession
from idp.clients.registry import Registry
from idp.clients.snapshot import ClientSnapshot
from idp.directory.subject import subject
from idp.interaction.consent import Consents, covers
from idp.interaction.decide import Ask, Issue, Refuse, Step, next_step
from idp.interaction.facts import Facts, SessionFacts
from idp.interaction.models import AuthorizationRequest
from idp.interaction.request import AuthorizationRequestData
from idp.interaction.standards import Standards
from idp.interaction.store import InteractionStore, Standing
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.logs import logger
from idp.kernel.randomness import Randomness, digest, new_id, same
from idp.policy.assurance import OFFERED_RANK, rank
from idp.policy.second_factor import Ahead

log = logger("idp.interaction")

REQUEST_LIFE = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class GoTo:
    """A row was written; the browser continues at ``/interaction/<ref>``."""

    ref: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """A request read back, with what is due now."""

    data: AuthorizationRequestData
    client: ClientSnapshot
    step: Step


@dataclass(frozen=True, slots=True)
class Paused:
    """A request that waits while its person proves who they are: what the sign-in pages show of it."""

    data: AuthorizationRequestData
    client: ClientSnapshot


class Dance:
    """Begins, resumes and closes authorization requests."""

    def __init__(
        self,
        store: InteractionStore,
        registry: Registry,
        standards: Standards,
        consents: Consents,
        audit: AuditLog,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._store = store
        self._registry = registry
        self._standards = standards
        self._consents = consents
        self._audit = audit
        self._clock = clock
        self._randomness = randomness

    def enter(
        self, actor: Actor, data: AuthorizationRequestData, client: ClientSnapshot, live: LiveSession | None, browser: str
    ) -> Issue | Refuse | GoTo:
        """Decide a request that just arrived: answer now, or write a row and send the browser to it."""
        now = self._clock.now()
        confirmed, step = self._step(actor, data, client, live, now, None)
        if confirmed is None:
            return Refuse("unauthorized_client", "client_disabled")
        if isinstance(step, Issue | Refuse):
            if isinstance(step, Refuse):
                self._refused(actor, data, live, step)
            return step
        ref = self.pause(data, browser)
        if live is None:
            # Anybody can send these without end, and the record is kept for good: of a stranger there is only a line in the log.
            log.info("request begun", client=client.client_id, due=step.reason, ip=actor.ip, request=actor.request_id)
        else:
            self._audit.record(
                Tag.REQUEST_BEGIN, actor, subject=("person", live.person_id), government=live.government_code,
                client_id=client.client_id, due=step.reason,
            )  # fmt: skip
        return GoTo(ref)

    def pause(self, data: AuthorizationRequestData, browser: str) -> str:
        """Write the request down for this browser, whatever is due; gives its reference."""
        now = self._clock.now()
        ref = new_id(self._randomness, now)
        self._store.add(
            AuthorizationRequest(
                ref=ref,
                client_id=data.client_id,
                browser_digest=digest(browser),
                params=data.to_json(),
                created_at=now,
                expires_at=now + REQUEST_LIFE,
            )
        )
        return ref

    def resume(self, actor: Actor, ref: str, browser: str, live: LiveSession | None) -> Resumed | None:
        """What is due now for the request `ref`; None when it is gone or was begun in another browser (attack S1)."""
        row = self._store.get(ref, self._clock.now())
        if row is None or not same(row.browser_digest, digest(browser)):
            return None
        client = self._registry.find(row.client_id)
        if client is None or not client.enabled:
            return None
        data = AuthorizationRequestData.from_json(row.params)
        confirmed, step = self._step(actor, data, client, live, row.created_at, row.selected_at, row.agreed_by)
        # An hour may have passed: an address taken from the registration meanwhile gets no code (attack R1).
        if confirmed is None or not (data.device or confirmed.redirects_to(data.redirect_uri)):
            return None
        if isinstance(step, Refuse):
            self._refused(actor, data, live, step)
        return Resumed(data, confirmed, step)

    def paused(self, ref: str, browser: str) -> Paused | None:
        """The open request `ref` of this browser, for the sign-in pages to name its application."""
        row = self._store.get(ref, self._clock.now())
        if row is None or not same(row.browser_digest, digest(browser)):
            return None
        client = self._registry.find(row.client_id)
        return Paused(AuthorizationRequestData.from_json(row.params), client) if client else None

    def past(self, ref: str, browser: str) -> ClientSnapshot | None:
        """The application of a request of this browser, answered and expired ones too: to say where to begin again."""
        row = self._store.kept(ref)
        if row is None or not same(row.browser_digest, digest(browser)):
            return None
        client = self._registry.find(row.client_id)
        return client if client is not None and client.enabled else None

    def select(self, ref: str) -> None:
        """The person chose an account for this request."""
        self._store.selected(ref, self._clock.now())

    def agree(self, ref: str, person_id: str) -> None:
        """This person agreed to the authorization details of this request, and of no other (RFC 9396)."""
        self._store.agreed(ref, person_id)

    def close(self, ref: str) -> bool:
        """Close the request, once: False when it was answered already."""
        return self._store.close(ref, self._clock.now())

    def prune(self, *, limit: int) -> int:
        """Housekeeping: delete requests whose hour is over, answered or not, at most `limit`; gives how many."""
        return self._store.prune(self._clock.now(), limit)

    def required_rank(self, person_id: str, ref: str | None, account: Account | None = None) -> int:
        """The acr rank this person must reach to go on with the request `ref` (or with the portal).

        account: the person's, where this unit has just read it.
        """
        row = self._store.get(ref, self._clock.now()) if ref else None
        client = self._registry.find(row.client_id) if row else None
        wanted = rank_wanted(AuthorizationRequestData.from_json(row.params)) if row else 0
        demanded = self._standards.demanded(person_id, client, account)
        return max(wanted, demanded)

    def ahead(
        self, person_id: str, ref: str | None, reached: int, account: Account | None = None, *, going_on: bool = False
    ) -> tuple[Ahead, ...]:
        """What will soon demand more than `reached` of somebody for the request `ref` (or for the portal).

        going_on: they have signed in, and the sign-in that grace counts is spent.
        """
        row = self._store.get(ref, self._clock.now()) if ref and self._standards.may_be_ahead() else None
        return self._standards.ahead(person_id, self._registry.find(row.client_id) if row else None, reached, account, going_on=going_on)

    def is_weak(self, live: LiveSession, *, with_own_factor: bool = False) -> bool:
        """True when the session is weaker than policy demands of the person (or than their own factors reach)."""
        have = self._standards.rank_of(live, None)
        if have >= self._standards.ceiling():
            return False
        if have < self._standards.demanded_of(live, None):
            return True
        return with_own_factor and have < self._standards.full_proof(live.person_id)

    def _step(
        self,
        actor: Actor,
        data: AuthorizationRequestData,
        client: ClientSnapshot,
        live: LiveSession | None,
        asked_at: datetime,
        selected_at: datetime | None,
        agreed_by: str | None = None,
    ) -> tuple[ClientSnapshot | None, Step]:
        standing = self._store.standing(live.person_id, client.client_id) if live else None
        confirmed: ClientSnapshot | None = client
        if standing is not None:
            confirmed = self._registry.confirm(client, standing.client_version)
        if confirmed is None or not confirmed.enabled:
            return None, Refuse("unauthorized_client", "client_disabled")
        facts = self._facts(data, confirmed, live, standing, asked_at, selected_at)
        if data.authorization_details and (live is None or agreed_by != live.person_id):
            facts = replace(facts, must_agree=True)
        step = next_step(facts)
        if isinstance(step, Issue) and live is not None and not facts.shared_covers:
            # A government's own application asks nothing, yet what it receives is recorded for the person to see.
            self._consents.record(actor, live.person_id, data, government=live.government_code)
        return confirmed, step

    def _facts(
        self,
        data: AuthorizationRequestData,
        client: ClientSnapshot,
        live: LiveSession | None,
        standing: Standing | None,
        asked_at: datetime,
        selected_at: datetime | None,
    ) -> Facts:
        session = None
        if live is not None and standing is not None:
            sub = subject(standing.subject_seed, live.person_id, client.pairwise_sector)
            session = SessionFacts(live.person_id, sub, live.auth_time, self._standards.rank_of(live, client))
        return Facts(
            now=self._clock.now(),
            asked_at=asked_at,
            prompt=frozenset(data.prompt),
            max_age=data.max_age,
            hint_subject=data.hint_subject,
            wanted_rank=rank_wanted(data),
            session=session,
            demanded_rank=self._standards.demanded_of(live, client) if live and session else 1,
            offered_rank=OFFERED_RANK,
            access=self._standards.access(live, client, standing.activity) if live and standing else None,
            selected_at=selected_at,
            shared_covers=standing is not None and covers(standing.scopes, standing.claims, data),
            shared_at=standing.granted_at if standing else None,
            first_party=client.first_party,
        )

    def _refused(self, actor: Actor, data: AuthorizationRequestData, live: LiveSession | None, step: Refuse) -> None:
        if live is None:
            # Silent renewal of whoever is signed out, by anybody's hand: a line in the log, as for what begins.
            log.info(
                "request refused", client=data.client_id, error=step.error, reason=step.reason, ip=actor.ip, request=actor.request_id
            )
            return
        self._audit.record(
            Tag.REQUEST_REFUSE,
            actor,
            subject=("person", live.person_id),
            government=live.government_code,
            client_id=data.client_id,
            error=step.error,
            reason=step.reason,
        )


def rank_wanted(data: AuthorizationRequestData) -> int:
    """The rank asked for: the weakest level named by acr_values or by the essential acr claim is enough; 0 for none."""
    member = ((data.claims or {}).get("id_token") or {}).get("acr")
    named: list[str] = list(data.acr_values)
    if isinstance(member, dict):
        named += [value for value in (member.get("value"), *(member.get("values") or ())) if isinstance(value, str)]
    known = [rank(value) for value in named if rank(value)]
    essential = isinstance(member, dict) and member.get("essential") is True
    if named and not known:
        return 9 if essential else 0  # an essential level that does not exist here can never be met
    return min(known, default=0)


__all__ = ["Ask", "Dance", "GoTo", "Issue", "Paused", "Refuse", "Resumed", "rank_wanted"]
