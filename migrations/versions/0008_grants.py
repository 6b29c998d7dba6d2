"""Devices that wait for a person, pairs of clients for token exchange, self-registered clients, front-channel logout.

Why: RFC 8628, RFC 8693, RFC 7591/7592 and OIDC Front-Channel Logout keep their state where a race can be decided.
New tables, and two columns with a constant default on `clients`: the lock on it is held for a moment and rewrites nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _clients()
    _device_codes()
    op.create_table(
        "exchange_pairs",
        sa.Column("from_client", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("to_client", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("scopes", sa.String(2000), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    _registrations()


def downgrade() -> None:
    for table in ("client_registrations", "registration_tokens", "exchange_pairs", "device_codes"):
        op.drop_table(table)
    op.drop_column("clients", "frontchannel_logout_session_required")
    op.drop_column("clients", "frontchannel_logout_uri")


def _clients() -> None:
    # Not in a batch: SQLite adds and drops columns in place, and the table's text stays what it was.
    op.add_column("clients", sa.Column("frontchannel_logout_uri", sa.String(2000)))
    op.add_column("clients", sa.Column("frontchannel_logout_session_required", sa.Boolean(), nullable=False, server_default=sa.false()))


def _device_codes() -> None:
    op.create_table(
        "device_codes",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("client_id", sa.String(128), nullable=False),
        sa.Column("device_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("user_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("acr_values", sa.Text(), nullable=False),
        sa.Column("ip", sa.String(45)),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("pace", sa.Integer(), nullable=False),
        sa.Column("next_poll_at", _MOMENT, nullable=False),
        sa.Column("person_id", sa.String(26)),
        sa.Column("session_id", sa.String(26)),
        sa.Column("subject", sa.String(64)),
        sa.Column("government_code", sa.String(5)),
        sa.Column("auth_time", _MOMENT),
        sa.Column("acr", sa.String(64)),
        sa.Column("amr", sa.String(64)),
        sa.Column("approved_at", _MOMENT),
        sa.Column("denied_at", _MOMENT),
        sa.Column("redeemed_at", _MOMENT),
    )
    for name in ("device_digest", "user_digest"):
        op.create_index(f"uq_device_codes_{name}", "device_codes", [name], unique=True)
    op.create_index("ix_device_codes_expires_at", "device_codes", ["expires_at"])


def _registrations() -> None:
    op.create_table(
        "registration_tokens",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("policy", sa.String(16), nullable=False),
        sa.Column("government_code", sa.String(5), sa.ForeignKey("governments.code")),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("revoked_at", _MOMENT),
    )
    op.create_index("uq_registration_tokens_digest", "registration_tokens", ["digest"], unique=True)
    op.create_table(
        "client_registrations",
        sa.Column("client_id", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("registration_token_id", sa.String(26), sa.ForeignKey("registration_tokens.id"), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(32)),
        sa.Column("confirmed_at", _MOMENT),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("removed_at", _MOMENT),
    )
    op.create_index("ix_client_registrations_registration_token_id", "client_registrations", ["registration_token_id"])
