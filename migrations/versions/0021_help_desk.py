"""The help desk: what was done for whom and why, and what waits for a second person.

Why: help is limited by the hour and helper, each deed keeps its reason, and help for an administrator's account needs two people.
New tables only: locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("state IN ('open', 'approved')")


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("deed", sa.String(24), nullable=False),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked_by", sa.String(26), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(26)),
        sa.Column("decided_at", _MOMENT),
        sa.Column("done_at", _MOMENT),
    )
    op.create_index("ix_approvals_open", "approvals", ["id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_approvals_person_id", "approvals", ["person_id"])
    op.create_table(
        "help_deeds",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("deed", sa.String(24), nullable=False),
        sa.Column("helper_id", sa.String(26), nullable=False),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("approver_id", sa.String(26)),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_help_deeds_helper_id", "help_deeds", ["helper_id", "at"])
    op.create_index("ix_help_deeds_person_id", "help_deeds", ["person_id", "id"])


def downgrade() -> None:
    op.drop_table("help_deeds")
    op.drop_table("approvals")
