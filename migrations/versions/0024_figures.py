"""Figures over time, filled by the worker.

Why: pages of figures must not count millions of events and a quarter of a million accounts while somebody waits. New tables only:
locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("government_code", sa.String(5), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("measure", sa.String(12), primary_key=True),
        sa.Column("client_id", sa.String(128), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_table(
        "coverage_figures",
        sa.Column("government_code", sa.String(5), primary_key=True),
        sa.Column("unit_id", sa.String(26), primary_key=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("with_factor", sa.Integer(), nullable=False),
        sa.Column("apps", sa.Integer(), nullable=False),
        sa.Column("passkeys", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("coverage_figures")
    op.drop_table("daily_figures")
