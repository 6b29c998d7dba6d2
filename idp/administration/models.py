"""What help desks did; figures over time."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db.base import Base, UtcDateTime


class HelpDeed(Base):
    """Help given to one person, with its reason; the limit of a helper is counted from these."""

    __tablename__ = "help_deeds"
    __table_args__ = (
        Index("ix_help_deeds_helper_id", "helper_id", "at"),
        Index("ix_help_deeds_person_id", "person_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    deed: Mapped[str] = mapped_column(String(24))
    helper_id: Mapped[str] = mapped_column(String(26))
    person_id: Mapped[str] = mapped_column(String(26), ForeignKey("people.id"))
    approver_id: Mapped[str | None] = mapped_column(String(26))
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DailyFigure(Base):
    """How often something happened on one day (WIB) in one government (`*`: in all); client_id is empty where it does not matter."""

    __tablename__ = "daily_figures"

    government_code: Mapped[str] = mapped_column(String(5), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    measure: Mapped[str] = mapped_column(String(12), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class CoverageFigure(Base):
    """Second factors of the active accounts of a government (unit_id empty) or of one of its units, as last counted."""

    __tablename__ = "coverage_figures"

    government_code: Mapped[str] = mapped_column(String(5), primary_key=True)
    unit_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    people: Mapped[int] = mapped_column(Integer)
    with_factor: Mapped[int] = mapped_column(Integer)
    apps: Mapped[int] = mapped_column(Integer)
    passkeys: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
