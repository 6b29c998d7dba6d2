"""Rules about second factors, exceptions from them, and the grace that was used.

Rules and exceptions are changed by adding and ending, never by rewriting, so that history stays readable.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime


class FactorRule(Base):
    """One rule: of `subject` `value`, `demand` from `starts_at` until `ended_at`.

    remember_days: how long a device may be remembered, 0 for never; None where the rule does not speak about that.
    application: only there; grace_days and grace_sign_ins: see policy.second_factor.Rule. scope: the government whose
    administrator made it, None for the whole installation: nobody narrower ends it.
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
    application: Mapped[str | None] = mapped_column(String(128))
    grace_days: Mapped[int | None] = mapped_column(Integer)
    grace_sign_ins: Mapped[int | None] = mapped_column(Integer)
    scope: Mapped[str | None] = mapped_column(String(5))


class FactorException(Base):
    """Somebody need not obey a rule (`rule_id` None: any) until `expires_at`; it counts once another person has approved it."""

    __tablename__ = "factor_exceptions"
    __table_args__ = (
        Index("ix_factor_exceptions_person_id", "person_id"),
        Index("ix_factor_exceptions_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    rule_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("factor_rules.id"))
    application: Mapped[str | None] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(String(300))
    asked_by: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(String(26), ForeignKey("people.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(128))


class GraceUse(Base):
    """How many of the sign-ins that a rule leaves a person are used, and when the last was."""

    __tablename__ = "grace_uses"

    rule_id: Mapped[str] = mapped_column(String(26), ForeignKey("factor_rules.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"), primary_key=True)
    used: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
