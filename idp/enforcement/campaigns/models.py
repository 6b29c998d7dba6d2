"""A campaign and the letters it has sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime


class Campaign(Base):
    """Whom (`subject`, `value`, `application`) to bring to what (`demand`) by when.

    state: draft | running | paused | ended; rule_id: the rule that starting made, None while it is held; waves: days before the
    rule binds on which letters go out, spaced; per_hour: the most letters in an hour; at_start: the counts of the dry run then.
    """

    __tablename__ = "campaigns"
    __table_args__ = (Index("ix_campaigns_state", "state"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(128))
    application: Mapped[str | None] = mapped_column(String(128))
    demand: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    grace_days: Mapped[int | None] = mapped_column(Integer)
    grace_sign_ins: Mapped[int | None] = mapped_column(Integer)
    scope: Mapped[str | None] = mapped_column(String(5))
    waves: Mapped[str] = mapped_column(String(60))
    per_hour: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8))
    rule_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("factor_rules.id"))
    at_start: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None] = mapped_column(String(128))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CampaignLetter(Base):
    """A letter promised to somebody: once a person and wave."""

    __tablename__ = "campaign_letters"
    __table_args__ = (Index("ix_campaign_letters_campaign_id_queued_at", "campaign_id", "queued_at"),)

    campaign_id: Mapped[str] = mapped_column(String(26), ForeignKey("campaigns.id"), primary_key=True)
    wave: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"), primary_key=True)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
