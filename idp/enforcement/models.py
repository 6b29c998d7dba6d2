"""Rules about second factors: changed by adding and ending, never by rewriting, so that history stays readable."""

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime


class FactorRule(Base):
    """One rule: of `subject` `value`, `demand` from `starts_at` until `ended_at`.

    remember_days: how long a device may be remembered, 0 for never; None where the rule does not speak about that.
    """

    __tablename__ = "factor_rules"
    __table_args__ = (Index("ix_factor_rules_ended_at", "ended_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    subject: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(128))
    demand: Mapped[str] = mapped_column(String(20))
    remember_days: Mapped[int | None] = mapped_column(Integer)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None] = mapped_column(String(128))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
