"""Authorization requests that wait for a person, and the record of data shared.

Why: a request is a row so that no flow state travels in URLs; people can see which application receives what
(UU 27/2022). New tables only: locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authorization_requests",
        sa.Column("ref", sa.String(26), primary_key=True),
        sa.Column("client_id", sa.String(128), sa.ForeignKey("clients.client_id"), nullable=False),
        sa.Column("browser_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("selected_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_authorization_requests_expires_at", "authorization_requests", ["expires_at"])
    op.create_table(
        "data_shared",
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("client_id", sa.String(128), sa.ForeignKey("clients.client_id"), primary_key=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("data_shared")
    op.drop_table("authorization_requests")
