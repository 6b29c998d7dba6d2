"""What help desks did."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
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
