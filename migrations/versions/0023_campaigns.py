"""Campaigns for second factors and the letters they send.

Why: administrators bring a cohort to a second factor by a date, and every person gets each reminder once, whatever crashes.
New tables only: locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(12), nullable=False),
        sa.Column("value", sa.String(128), nullable=False),
        sa.Column("application", sa.String(128)),
        sa.Column("demand", sa.String(20), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("grace_days", sa.Integer()),
        sa.Column("grace_sign_ins", sa.Integer()),
        sa.Column("scope", sa.String(5)),
        sa.Column("waves", sa.String(60), nullable=False),
        sa.Column("per_hour", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("rule_id", sa.String(26), sa.ForeignKey("factor_rules.id")),
        sa.Column("at_start", sa.JSON()),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.String(128)),
        sa.Column("started_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
    )
    op.create_index("ix_campaigns_state", "campaigns", ["state"])
    op.create_table(
        "campaign_letters",
        sa.Column("campaign_id", sa.String(26), sa.ForeignKey("campaigns.id"), primary_key=True),
        sa.Column("wave", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("queued_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_campaign_letters_campaign_id_queued_at", "campaign_letters", ["campaign_id", "queued_at"])


def downgrade() -> None:
    op.drop_table("campaign_letters")
    op.drop_table("campaigns")
