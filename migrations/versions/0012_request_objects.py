"""Pushed authorization requests, and what a client registers about request objects, signed answers and encryption.

Why: RFC 9126, RFC 9101, JARM, RFC 9701 and FAPI 2.0 are chosen per client. One new table; columns that are empty or have
a constant default: the lock on `clients` is held for a moment and nothing is rewritten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SWITCHES = ("require_par", "require_request_object")
_ALGS = ("request_object_alg", "response_alg", "introspection_alg", "id_token_key_alg", "userinfo_key_alg", "response_key_alg")


def upgrade() -> None:
    """Add the columns and the table."""
    # Not in a batch: SQLite adds and drops columns in place, and the table's text stays what it was.
    op.add_column("clients", sa.Column("profile", sa.String(24)))
    for name in _SWITCHES:
        op.add_column("clients", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in _ALGS:
        op.add_column("clients", sa.Column(name, sa.String(16)))
    op.add_column("clients", sa.Column("request_uris", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("clients", sa.Column("initiate_login_uri", sa.String(2000)))
    op.add_column("clients", sa.Column("sector_identifier_uri", sa.String(2000)))
    op.create_table(
        "pushed_requests",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("client_id", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_pushed_requests_expires_at", "pushed_requests", ["expires_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("pushed_requests")
    for name in ("sector_identifier_uri", "initiate_login_uri", "request_uris", *reversed(_ALGS), *reversed(_SWITCHES), "profile"):
        op.drop_column("clients", name)
