"""A campaign from its dry run to its report. Starting it makes the rule; the letters are the worker's."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.enforcement.campaigns.models import Campaign
from idp.enforcement.campaigns.store import CampaignStore
from idp.enforcement.cohorts.forecast import DryRun, Forecast, Tally
from idp.enforcement.new_rule import NewRule
from idp.enforcement.rules import Enforcement
from idp.kernel.actor import Actor
from idp.kernel.clock import Clock
from idp.kernel.errors import Conflict, Invalid, NotFound
from idp.kernel.randomness import Randomness, new_id
from idp.policy.second_factor import RANKS, Level, Rule, Subject

WAVES = (30, 14, 7, 1)
MOST_WAVES = 8
MOST_PER_HOUR = 20_000


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign to plan. waves: days before the rule binds on which reminders go out."""

    name: str
    rule: NewRule
    waves: tuple[int, ...] = WAVES
    per_hour: int = 2000


@dataclass(frozen=True, slots=True)
class Report:
    """A campaign as it stands: its counts at the start and now, and its letters by wave (days before, how many, first, last)."""

    campaign: Campaign
    at_start: dict[str, Any] | None
    now: Forecast
    letters: Sequence[Any]


class Campaigns:
    """Plans, starts, pauses, resumes, ends, reports."""

    def __init__(
        self, store: CampaignStore, dry_run: DryRun, enforcement: Enforcement, audit: AuditLog, clock: Clock, randomness: Randomness
    ) -> None:
        self._store = store
        self._dry_run = dry_run
        self._enforcement = enforcement
        self._audit = audit
        self._clock = clock
        self._randomness = randomness

    def list(self) -> Sequence[Campaign]:
        """All campaigns, newest first."""
        return self._store.list()

    def get(self, campaign_id: str) -> Campaign:
        """By id; raises NotFound."""
        campaign = self._store.get(campaign_id)
        if campaign is None:
            raise NotFound("campaign.unknown", "there is no such campaign")
        return campaign

    def plan(self, actor: Actor, new: NewCampaign) -> Campaign:
        """Write a campaign down as a draft; raises Invalid for a bad value."""
        now, name = self._clock.now(), " ".join(new.name.split())
        rule = self._enforcement.check(new.rule)
        waves = tuple(sorted(set(new.waves), reverse=True))
        if not name or len(name) > 120:
            raise Invalid("campaign.name", "name: 1 to 120 characters", field="name")
        if RANKS[rule.demand] <= RANKS["none"]:
            raise Invalid("campaign.demand", "demand: a campaign demands a second factor", field="demand")
        if len(waves) > MOST_WAVES or not all(0 <= days <= 365 for days in waves):
            raise Invalid("campaign.waves", f"waves: at most {MOST_WAVES} numbers of days from 0 to 365", field="waves")
        if not 1 <= new.per_hour <= MOST_PER_HOUR:
            raise Invalid("campaign.per_hour", f"letters an hour: 1 to {MOST_PER_HOUR}", field="per_hour")
        campaign = Campaign(
            id=new_id(self._randomness, now), name=name, subject=rule.subject, value=rule.value, application=rule.application,
            demand=rule.demand, starts_at=rule.starts_at, grace_days=rule.grace_days, grace_sign_ins=rule.grace_sign_ins,
            scope=new.rule.scope, waves=" ".join(map(str, waves)), per_hour=new.per_hour, state="draft", created_at=now,
            created_by=actor.id,
        )  # fmt: skip
        self._store.add(campaign)
        self._changed(actor, campaign, "plan")
        return campaign

    def start(self, actor: Actor, campaign_id: str) -> Campaign:
        """Make the rule and begin the letters, once; Conflict unless it is a draft."""
        campaign = self.get(campaign_id)
        counted = _counts(self._dry_run.forecast(self.rule(campaign)).total)
        self._move(campaign, ("draft",), state="running", started_at=self._clock.now(), at_start=counted)
        self._make_rule(actor, campaign)
        self._changed(actor, campaign, "start")
        return self.get(campaign_id)

    def pause(self, actor: Actor, campaign_id: str) -> Campaign:
        """No more letters. A rule that does not bind yet is held with them; one that binds already goes on."""
        campaign = self.get(campaign_id)
        rule_id = campaign.rule_id
        holds = rule_id is not None and self._clock.now() < self.rule(campaign).binds_at
        self._move(campaign, ("running",), state="paused", rule_id=None if holds else rule_id)
        if holds and rule_id is not None and self._stands(rule_id):
            self._enforcement.end(actor, rule_id)
        self._changed(actor, campaign, "pause")
        return self.get(campaign_id)

    def resume(self, actor: Actor, campaign_id: str) -> Campaign:
        """Go on: the letters, and the rule where it was held."""
        campaign = self.get(campaign_id)
        self._move(campaign, ("paused",), state="running")
        if campaign.rule_id is None:
            self._make_rule(actor, campaign)
        self._changed(actor, campaign, "resume")
        return self.get(campaign_id)

    def end(self, actor: Actor, campaign_id: str) -> Campaign:
        """No more letters for good. The rule goes on; ending it is a decision of its own."""
        campaign = self.get(campaign_id)
        self._move(campaign, ("draft", "running", "paused"), state="ended", ended_at=self._clock.now())
        self._changed(actor, campaign, "end")
        return self.get(campaign_id)

    def report(self, campaign_id: str) -> Report:
        """How it stands at this moment."""
        campaign = self.get(campaign_id)
        now = self._dry_run.forecast(self.rule(campaign))
        return Report(campaign, campaign.at_start, now, self._store.letters(campaign_id))

    def rule(self, campaign: Campaign) -> Rule:
        """The rule of a campaign, whether it stands already or not."""
        return Rule(
            cast(Subject, campaign.subject), campaign.value, cast(Level, campaign.demand), campaign.starts_at, None,
            campaign.rule_id or "new", None, campaign.application, campaign.grace_days, campaign.grace_sign_ins,
        )  # fmt: skip

    def note_export(self, actor: Actor, campaign: Campaign, outcome: str | None, people: int) -> None:
        """Record that somebody took the list of people away."""
        self._audit.record(
            Tag.CAMPAIGN_EXPORT, actor, subject=("campaign", campaign.id), government=campaign.scope, outcome=outcome, people=people
        )

    def _stands(self, rule_id: str) -> bool:
        return any(rule.id == rule_id for rule in self._enforcement.list())

    def _make_rule(self, actor: Actor, campaign: Campaign) -> None:
        application = campaign.application
        made = self._enforcement.add(
            actor,
            NewRule(
                campaign.subject, campaign.value, campaign.demand, campaign.starts_at, application, campaign.grace_days,
                campaign.grace_sign_ins, None, campaign.scope,
            ),
        )  # fmt: skip
        self._store.move(campaign.id, ("running",), rule_id=made.id)

    def _move(self, campaign: Campaign, states: Sequence[str], **values: object) -> None:
        if campaign.state not in states or not self._store.move(campaign.id, states, **values):
            raise Conflict("campaign.state", f"the campaign is {self.get(campaign.id).state}, so this cannot be done")

    def _changed(self, actor: Actor, campaign: Campaign, action: str) -> None:
        self._audit.record(
            Tag.CAMPAIGN_CHANGE, actor, subject=("campaign", campaign.id), government=campaign.scope, action=action, name=campaign.name,
            about=campaign.subject, value=campaign.value, demand=campaign.demand,
        )  # fmt: skip


def _counts(total: Tally) -> dict[str, Any]:
    kept = ("people", "ready", "must_enrol", "cannot", "exempt", "without_mail")
    return {name: value for name, value in asdict(total).items() if name in kept}


def wave_due(campaign: Campaign, binds_at: datetime, now: datetime) -> int | None:
    """The wave whose day has come, the latest of them; None before the first and once the rule binds."""
    left = (binds_at - now).total_seconds() / 86_400
    due = [days for days in map(int, campaign.waves.split()) if left <= days]
    return min(due) if due and left > 0 else None
