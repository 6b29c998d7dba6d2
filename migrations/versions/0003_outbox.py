"""Work promised in a transaction and done after it: letters, back-channel logout.

Why: a letter must go out exactly when the change it tells of was committed, and a mail server that is down must not
hold anyone up. New table only: locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.String(200)),
    )
    op.create_index(
        "ix_outbox_due_at",
        "outbox",
        ["due_at"],
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("outbox")
