"""Brands: the name, colour and logo of the installation and of governments.

Why: people trust a sign-in page that shows whose it is. A new table: no lock on any other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brands",
        sa.Column("scope", sa.String(5), primary_key=True),
        sa.Column("name", sa.String(60)),
        sa.Column("accent", sa.String(7)),
        sa.Column("logo", sa.LargeBinary()),
        sa.Column("logo_type", sa.String(16)),
        sa.Column("logo_mark", sa.String(16)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("brands")
