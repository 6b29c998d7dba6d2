"""Which APIs the clients of an initial access token may ask tokens for.

Why: a gateway registers the clients of its APIs by itself, and must not thereby open the APIs of others.
One column with a constant default on `registration_tokens`: its lock is held for a moment and rewrites nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registration_tokens", sa.Column("resources", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("registration_tokens", "resources")
