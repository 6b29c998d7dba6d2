"""The letters of running campaigns: in waves, so many an hour, each person once a wave, none to whoever is ready."""

import math
from datetime import timedelta

from idp.audit.log import AuditLog
from idp.audit.tags import Tag
from idp.enforcement.campaigns.models import Campaign
from idp.enforcement.campaigns.service import Campaigns, wave_due
from idp.enforcement.campaigns.store import CampaignStore
from idp.enforcement.cohorts.forecast import DryRun
from idp.kernel.actor import SYSTEM
from idp.kernel.clock import Clock
from idp.outbox.queue import Outbox

# The worker comes by once a minute; in twice its share of an hour it catches up after a rest without sending everything at once.
ROUNDS_AN_HOUR = 30
MOST_A_ROUND = 500


class Reminders:
    """One round over all campaigns, in the caller's unit."""

    def __init__(
        self, store: CampaignStore, campaigns: Campaigns, dry_run: DryRun, audit: AuditLog, outbox: Outbox, clock: Clock
    ) -> None:
        self._store = store
        self._campaigns = campaigns
        self._dry_run = dry_run
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    def round(self) -> int:
        """Promise the letters that are due now; gives how many."""
        return sum(self._of(campaign) for campaign in self._store.list(state="running"))

    def _of(self, campaign: Campaign) -> int:
        now, rule = self._clock.now(), self._campaigns.rule(campaign)
        wave = wave_due(campaign, rule.binds_at, now)
        if wave is None:
            return 0
        left = campaign.per_hour - self._store.letters_since(campaign.id, now - timedelta(hours=1))
        most = min(left, math.ceil(campaign.per_hour / ROUNDS_AN_HOUR), MOST_A_ROUND)
        if most <= 0:
            return 0
        sent = 0
        for person in self._store.unready(campaign.id, wave, self._dry_run.trial(rule), most):
            if self._store.note_letter(campaign.id, wave, person.id, now):
                params = {"name": person.name, "until": rule.binds_at.isoformat(), "kind": campaign.demand}
                self._outbox.mail(person.email, "factor_reminder", person.locale, params, person_id=person.id)
                sent += 1
        if sent:
            self._audit.record(
                Tag.CAMPAIGN_WAVE, SYSTEM, subject=("campaign", campaign.id), government=campaign.scope, wave=wave, letters=sent
            )
        return sent
