"""Rich authorization requests: the types that are declared, who may use them, and what was asked for and granted.

Why: RFC 9396. One new table; columns that are empty or have a constant default: the locks on `clients`, `grants`,
`device_codes` and `authorization_requests` are held for a moment and nothing is rewritten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table and the columns."""
    op.create_table(
        "authorization_types",
        sa.Column("type", sa.String(128), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("title_id", sa.String(200), nullable=False),
        sa.Column("schema", sa.JSON(), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("without_person", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )
    # Not in a batch: SQLite adds and drops columns in place, and the table's text stays what it was.
    op.add_column("clients", sa.Column("authorization_types", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("grants", sa.Column("authorization_details", sa.JSON()))
    op.add_column("device_codes", sa.Column("authorization_details", sa.JSON()))
    op.add_column("authorization_requests", sa.Column("agreed_by", sa.String(26)))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("authorization_requests", "agreed_by")
    op.drop_column("device_codes", "authorization_details")
    op.drop_column("grants", "authorization_details")
    op.drop_column("clients", "authorization_types")
    op.drop_table("authorization_types")
