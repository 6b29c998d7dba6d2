"""The statements about campaigns and their letters."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, func, select, update
from sqlalchemy.orm import Session

from idp.db.upsert import insert_once
from idp.directory.models import Person
from idp.enforcement.campaigns.models import Campaign, CampaignLetter
from idp.enforcement.cohorts.store import Trial, outcomes_of, roomy

_letter = CampaignLetter


class CampaignStore:
    """Campaigns, whom they write to next, what they have sent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, campaign: Campaign) -> None:
        """Insert a campaign."""
        self._session.add(campaign)
        self._session.flush()

    def get(self, campaign_id: str) -> Campaign | None:
        """By id, as it stands now."""
        return self._session.get(Campaign, campaign_id, populate_existing=True)

    def list(self, *, state: str | None = None) -> Sequence[Campaign]:
        """All, newest first, or those in one state."""
        statement = select(Campaign).order_by(Campaign.id.desc())
        return list(self._session.scalars(statement if state is None else statement.where(Campaign.state == state)))

    def move(self, campaign_id: str, states: Sequence[str], **values: Any) -> bool:
        """Change a campaign that is in one of these states; False when it is in another by now."""
        moved = update(Campaign).where(Campaign.id == campaign_id, Campaign.state.in_(states)).values(**values).returning(Campaign.id)
        return self._session.scalar(moved) is not None

    def unready(self, campaign_id: str, wave: int, trial: Trial, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """(id, name, email, locale) of people who must enrol, have an address, and had no letter of this wave."""
        seen = outcomes_of(trial).cte("seen")
        had = exists().where(_letter.campaign_id == campaign_id, _letter.wave == wave, _letter.person_id == Person.id)
        statement = (
            select(Person.id, Person.name, Person.email, Person.locale, Person.government_code)
            .join(seen, seen.c.person_id == Person.id)
            .where(seen.c.outcome == "must_enrol", Person.email.is_not(None), ~had)
            .order_by(Person.id)
            .limit(limit)
        )
        with roomy(self._session) as connection:
            return connection.execute(statement).all()

    def note_letter(self, campaign_id: str, wave: int, person_id: str, now: datetime) -> bool:
        """Claim a letter; False when somebody else has promised it."""
        return insert_once(
            self._session, CampaignLetter, {"campaign_id": campaign_id, "wave": wave, "person_id": person_id, "queued_at": now}
        )

    def letters_since(self, campaign_id: str, since: datetime) -> int:
        """How many letters of a campaign were promised after a moment."""
        statement = select(func.count()).select_from(CampaignLetter).where(_letter.campaign_id == campaign_id, _letter.queued_at > since)
        return int(self._session.scalar(statement) or 0)

    def letters(self, campaign_id: str) -> Sequence[Row[*tuple[Any, ...]]]:
        """(wave, letters, first, last) of a campaign, the first wave first."""
        statement = (
            select(
                _letter.wave, func.count().label("letters"), func.min(_letter.queued_at).label("first"),
                func.max(_letter.queued_at).label("last"),
            )
            .where(_letter.campaign_id == campaign_id)
            .group_by(_letter.wave)
            .order_by(_letter.wave.desc())
        )  # fmt: skip
        return self._session.connection().execute(statement).all()
