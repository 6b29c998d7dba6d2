"""The services of one unit of work; each is built when first asked for, since most requests need a few."""

from typing import Any

from sqlalchemy.orm import Session

from idp.administration.assembly import Administration
from idp.administration.store import AdministrationStore
from idp.approvals.service import Approvals
from idp.approvals.store import ApprovalStore
from idp.audit.log import AuditLog
from idp.audit.store import AuditStore
from idp.authn.account_security import Factors
from idp.authn.assembly import Authn
from idp.authn.passwords import Passwords
from idp.authn.recovery import Links
from idp.authn.sessions import Sessions
from idp.authn.sign_in import SignInService
from idp.authn.store import AuthnStore
from idp.clients.registry import Registry
from idp.clients.snapshot import ClientSnapshot
from idp.clients.store import ClientStore
from idp.directory.brands import Brands
from idp.directory.claims import claims_for, scopes_to_load
from idp.directory.contacts import Contacts
from idp.directory.corrections import Corrections
from idp.directory.orgs import Organisations
from idp.directory.people import People
from idp.directory.roles import Roles
from idp.directory.store import DirectoryStore
from idp.enforcement.campaigns.reminders import Reminders
from idp.enforcement.campaigns.service import Campaigns
from idp.enforcement.campaigns.store import CampaignStore
from idp.enforcement.cohorts.forecast import DryRun
from idp.enforcement.cohorts.store import CohortStore
from idp.enforcement.exceptions import Exceptions
from idp.enforcement.rules import Enforcement
from idp.enforcement.store import RuleStore
from idp.interaction.consent import Consents, claims_named
from idp.interaction.dance import Dance
from idp.interaction.demands import Demands
from idp.interaction.explain import Explaining
from idp.interaction.leave import Leave
from idp.interaction.my_data import MyData
from idp.interaction.not_me import NotMe
from idp.interaction.pushed import PushedRequests
from idp.interaction.request import AuthorizationRequestData
from idp.interaction.standards import Standards
from idp.interaction.store import InteractionStore, PushedStore
from idp.kernel.lazily import lazily
from idp.outbox.queue import Outbox
from idp.outbox.store import OutboxStore
from idp.policy.assurance import RANK_OF_CODES, rank
from idp.policy.permissions import Permission, Place, is_administrative, may
from idp.portal.announcements import Announcements
from idp.portal.cards import Cards
from idp.portal.catalogue import Catalogue
from idp.portal.favourites import Favourites
from idp.portal.links import Links as PortalLinks
from idp.portal.store import PortalStore
from idp.protocol.conf import Desk
from idp.protocol.oidc_backchannel_logout import Delivery
from idp.tokens.ledger import Ledger
from idp.tokens.store import TokenStore
from idp.tokens.view import GrantView
from idp.wiring.deps import Deps


class Services:
    """Everything a view, a command or the worker may call, over one session."""

    def __init__(self, deps: Deps, session: Session) -> None:
        self.deps = deps
        self.session = session

    # -- floor 1 ---------------------------------------------------------------------------------------------------

    @lazily
    def audit(self) -> AuditLog:
        """The record of what happened."""
        return AuditLog(AuditStore(self.session), self.deps.clock)

    @lazily
    def outbox(self) -> Outbox:
        """Work promised in this unit."""
        return Outbox(OutboxStore(self.session), self.deps.sealer, self.deps.clock, self.deps.randomness)

    # -- floor 2 ---------------------------------------------------------------------------------------------------

    @lazily
    def directory(self) -> DirectoryStore:
        """Profiles for claims."""
        return DirectoryStore(self.session, self.deps.sealer, self.deps.clock)

    @lazily
    def people(self) -> People:
        """People and their numbers."""
        return People(self.directory, self.audit, self.deps.clock, self.deps.randomness, self.deps.sealer)

    @lazily
    def organisations(self) -> Organisations:
        """Governments and units."""
        return Organisations(self.directory, self.audit, self.deps.clock, self.deps.randomness)

    @lazily
    def brands(self) -> Brands:
        """How the installation and governments present themselves."""
        return Brands(self.directory, self.audit, self.deps.clock, self.deps.brand_cache)

    @lazily
    def roles(self) -> Roles:
        """Who may do what, and where."""
        return Roles(self.directory, self.audit, self.deps.clock, self.deps.randomness)

    @lazily
    def contacts(self) -> Contacts:
        """Where governments read letters."""
        settings = self.deps.settings
        fallback = {"security": settings.security_contact, "personnel": settings.personnel_contact}
        return Contacts(self.directory, self.audit, self.deps.clock, fallback=fallback)

    @lazily
    def corrections(self) -> Corrections:
        """Requests to correct employment data."""
        return Corrections(self.directory, self.contacts, self.audit, self.outbox, self.deps.clock, self.deps.randomness)

    # -- floor 3 ---------------------------------------------------------------------------------------------------

    @lazily
    def registry(self) -> Registry:
        """The registered applications."""
        deps = self.deps
        return Registry(
            ClientStore(self.session),
            self.audit,
            deps.clock,
            deps.randomness,
            deps.client_cache,
            allowed_networks=deps.settings.allowed_networks,
            fetch_json=deps.http.get_json,
        )

    @lazily
    def enforcement(self) -> Enforcement:
        """The rules of security administrators."""
        deps = self.deps
        return Enforcement(
            RuleStore(self.session),
            self.audit,
            deps.clock,
            deps.randomness,
            default=deps.settings.default_demand,
            cache=deps.rule_cache,
            remember_days=deps.settings.remember_device_days,
        )

    @lazily
    def dry_run(self) -> DryRun:
        """What a rule would do."""
        return DryRun(CohortStore(self.session), self.enforcement, self.deps.clock, minimum=self._minimum_of)

    def _minimum_of(self, client_id: str) -> int:
        """The rank that an application demands of everybody."""
        client = self.registry.find(client_id)
        return rank(client.min_acr) if client else 1

    @lazily
    def _campaign_store(self) -> CampaignStore:
        return CampaignStore(self.session)

    @lazily
    def campaigns(self) -> Campaigns:
        """Cohorts that are brought to a second factor by a date."""
        deps = self.deps
        return Campaigns(self._campaign_store, self.dry_run, self.enforcement, self.audit, deps.clock, deps.randomness)

    @lazily
    def reminders(self) -> Reminders:
        """The letters of running campaigns."""
        return Reminders(self._campaign_store, self.campaigns, self.dry_run, self.audit, self.outbox, self.deps.clock)

    @lazily
    def exceptions(self) -> Exceptions:
        """Who need not obey a rule for a time."""
        return Exceptions(
            RuleStore(self.session), self.enforcement, self.audit, self.deps.clock, self.deps.randomness,
            may=lambda admin_id, person: self._may(admin_id, Permission.POLICY_WRITE, person.id),
        )  # fmt: skip

    @lazily
    def authn(self) -> Authn:
        """How people prove who they are."""
        deps = self.deps
        return Authn(
            AuthnStore(self.session),
            self.people,
            self.audit,
            self.outbox,
            deps.hasher,
            deps.blocklist,
            deps.sealer,
            deps.clock,
            deps.randomness,
            deps.authn_options,
            demanded=lambda person_id: self.standards.demanded(person_id, None) > 1,
            resistant=lambda person_id: self.standards.demanded(person_id, None) > RANK_OF_CODES,
            needs_two=lambda person_id: any(is_administrative(held.role) for held in self.roles.of_person(person_id)),
            may_approve=self._may_reset,
        )

    def _may_reset(self, approver_id: str, person_id: str) -> bool:
        """True when the first may reset second factors of the second."""
        return self._may(approver_id, Permission.FACTOR_RESET, person_id)

    def _may(self, admin_id: str, permission: Permission, person_id: str) -> bool:
        """True when the first may do this to the second."""
        person = self.people.get(person_id)
        place = Place(person.government_code if person else None, self.people.unit_line(person_id))
        return may(self.roles.held(admin_id), permission, place)

    @property
    def sessions(self) -> Sessions:
        """Signed-in browsers."""
        return self.authn.sessions

    @property
    def sign_in(self) -> SignInService:
        """The steps from a name to a session."""
        return self.authn.sign_in

    @property
    def passwords(self) -> Passwords:
        """Setting and changing passwords."""
        return self.authn.passwords

    @property
    def factors(self) -> Factors:
        """Second factors and recovery codes."""
        return self.authn.factors

    @property
    def links(self) -> Links:
        """Activation and reset links."""
        return self.authn.links

    @lazily
    def grants(self) -> Ledger:
        """Authorization grants and their tokens."""
        return Ledger(
            TokenStore(self.session),
            self.audit,
            self.deps.clock,
            self.deps.randomness,
            self.deps.sealer,
            self.deps.conf.lifetimes,
        )

    # -- floor 4 ---------------------------------------------------------------------------------------------------

    @lazily
    def _interaction(self) -> InteractionStore:
        return InteractionStore(self.session)

    @lazily
    def consents(self) -> Consents:
        """Data shared with applications."""
        return Consents(self._interaction, self.audit, self.deps.clock)

    @lazily
    def standards(self) -> Standards:
        """What a person must reach, and whether they may enter."""
        return Standards(self.enforcement, self.demands, self.people, self.factors, self.registry)

    @lazily
    def demands(self) -> Demands:
        """What the rules demand of people, for every path that uses what they proved."""
        return Demands(self.enforcement, self.roles, self.people)

    @lazily
    def explaining(self) -> Explaining:
        """Why this much is demanded of somebody."""
        return Explaining(self.enforcement, self.roles, self.people, self.factors)

    @lazily
    def dance(self) -> Dance:
        """Authorization requests, one step at a time."""
        return Dance(
            self._interaction,
            self.registry,
            self.standards,
            self.consents,
            self.audit,
            self.deps.clock,
            self.deps.randomness,
        )

    @lazily
    def pushed(self) -> PushedRequests:
        """Requests that clients pushed ahead of the browser."""
        return PushedRequests(PushedStore(self.session), self.deps.clock, self.deps.randomness)

    @lazily
    def leave(self) -> Leave:
        """Ending sessions everywhere."""
        limit = self.deps.settings.session_limit
        return Leave(self.sessions, self.grants, self.registry, self.outbox, self.authn.remembered, session_limit=limit)

    @lazily
    def my_data(self) -> MyData:
        """Everything held of one person."""
        return MyData(
            self.directory, self.factors, self.sessions, self.grants, self.consents, self.corrections, self.audit, self.deps.clock
        )

    @lazily
    def not_me(self) -> NotMe:
        """A person says that something was not them."""
        return NotMe(self.authn.alarms, self.people, self.passwords, self.links, self.leave, self.contacts, self.audit, self.outbox)

    @lazily
    def _portal(self) -> PortalStore:
        return PortalStore(self.session)

    @lazily
    def catalogue(self) -> Catalogue:
        """What start pages can show."""
        return Catalogue(self._portal, self.deps.catalogue_cache, self.deps.conf.issuer)

    @lazily
    def announcements(self) -> Announcements:
        """What administrators have to say."""
        deps = self.deps
        return Announcements(self._portal, self.audit, deps.clock, deps.randomness, deps.announcement_cache)

    @lazily
    def portal_links(self) -> PortalLinks:
        """Systems with accounts of their own."""
        return PortalLinks(self._portal, self.audit, self.deps.clock, self.deps.randomness)

    @lazily
    def cards(self) -> Cards:
        """How applications present themselves."""
        return Cards(self._portal, self.registry, self.audit, self.deps.clock)

    @lazily
    def favourites(self) -> Favourites:
        """What people keep at the top."""
        return Favourites(self._portal, self.audit, self.deps.clock)

    # -- floor 5 ---------------------------------------------------------------------------------------------------

    @lazily
    def desk(self) -> Desk:
        """What one request of the protocol works with."""
        deps = self.deps
        return Desk(
            conf=deps.conf,
            clock=deps.clock,
            ring=deps.ring,
            registry=self.registry,
            ledger=self.grants,
            directory=self.directory,
            audit=self.audit,
            client_keys=deps.client_keys,
            http=deps.http,
            pushed=self.pushed,
            nonces=deps.nonces,
            outgrown=self._outgrown,
        )

    def _outgrown(self, grant: GrantView, client: ClientSnapshot) -> int:
        return self.demands.outgrown(grant, client)

    @lazily
    def administration(self) -> Administration:
        """What administrators see and do."""
        deps = self.deps
        return Administration(
            AdministrationStore(self.session), Approvals(ApprovalStore(self.session), self.audit, deps.clock, deps.randomness),
            self.directory, self.people, self.organisations, self.roles, self.authn, self.leave, self.audit, deps.clock, deps.randomness,
            help_limit=deps.settings.help_limit_per_hour,
        )  # fmt: skip

    @lazily
    def logout_delivery(self) -> Delivery:
        """Tells applications that a session ended."""
        deps = self.deps
        return Delivery(
            deps.conf, self.registry, deps.ring, self.audit, deps.clock, deps.randomness, deps.http.post_form
        )

    def claims_preview(self, person_id: str, data: AuthorizationRequestData) -> dict[str, Any]:
        """The claims an application would receive, by name, for the page that shows them before."""
        asked: dict[str, Any] = dict.fromkeys(claims_named(data))
        profile = self.directory.profile(person_id, scopes_to_load(data.scope, asked))
        return claims_for(profile, data.scope, asked) if profile else {}
