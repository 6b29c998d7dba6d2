"""What people prove with, their browser sessions, throttling, and the rules about second factors.

Why: secrets are hashed or sealed; a half-finished sign-in is another table than a session, so that it can never be
taken for one; counters live in the database, so that they survive a restart and the loss of Redis.
New tables only: locks nothing that exists.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = (
    "factor_rules", "known_devices", "one_time_links", "throttle_counters", "sign_ins", "browser_sessions",
    "recovery_codes", "totp_secrets", "password_hashes",
)  # fmt: skip


def _person(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), primary_key=primary_key, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Create the tables."""
    _factors()
    _browsers()
    _guards()


def downgrade() -> None:
    """Drop them again."""
    for table in _TABLES:
        op.drop_table(table)


def _factors() -> None:
    op.create_table(
        "password_hashes",
        _person(primary_key=True),
        sa.Column("hash", sa.Text(), nullable=False),
        _moment("changed_at"),
        sa.Column("must_change", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "totp_secrets",
        sa.Column("id", sa.String(26), primary_key=True),
        _person(),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer()),
        _moment("created_at"),
        _moment("confirmed_at", nullable=True),
        _moment("last_used_at", nullable=True),
    )
    op.create_index("ix_totp_secrets_person_id", "totp_secrets", ["person_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(26), primary_key=True),
        _person(),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        _moment("created_at"),
        _moment("used_at", nullable=True),
    )
    op.create_index("ix_recovery_codes_person_id_digest", "recovery_codes", ["person_id", "digest"], unique=True)


def _browsers() -> None:
    op.create_table(
        "browser_sessions",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False, unique=True),
        _person(),
        _moment("auth_time"),
        sa.Column("amr", sa.String(60), nullable=False),
        sa.Column("acr", sa.String(60), nullable=False),
        _moment("created_at"),
        _moment("last_seen_at"),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        _moment("expires_at"),
        _moment("ended_at", nullable=True),
        sa.Column("end_reason", sa.String(30)),
        sa.Column("ip", sa.String(45)),
        sa.Column("agent", sa.String(200)),
        sa.Column("shared_computer", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_browser_sessions_person_id", "browser_sessions", ["person_id"])
    op.create_index("ix_browser_sessions_expires_at", "browser_sessions", ["expires_at"])
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False, unique=True),
        _person(),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("session_id", sa.String(26)),
        sa.Column("request_ref", sa.String(26)),
        sa.Column("return_to", sa.String(2000)),
        sa.Column("amr", sa.String(60), nullable=False),
        sa.Column("device_digest", sa.LargeBinary(32)),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("finished_at", nullable=True),
        sa.Column("pending_totp", sa.LargeBinary()),
        sa.Column("needs_password_change", sa.Boolean(), nullable=False),
        sa.Column("shared_computer", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
    )
    op.create_index("ix_sign_ins_expires_at", "sign_ins", ["expires_at"])
    op.create_index("ix_sign_ins_person_id", "sign_ins", ["person_id"])
    op.create_table(
        "known_devices",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        _person(),
        _moment("created_at"),
        _moment("last_used_at"),
    )
    op.create_index("ix_known_devices_person_id", "known_devices", ["person_id"])


def _guards() -> None:
    op.create_table(
        "throttle_counters",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("first_at"),
        _moment("last_at"),
        _moment("blocked_until", nullable=True),
    )
    op.create_index("ix_throttle_counters_last_at", "throttle_counters", ["last_at"])
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False, unique=True),
        _person(nullable=True),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("used_at", nullable=True),
    )
    op.create_index("ix_one_time_links_person_id", "one_time_links", ["person_id"])
    op.create_index("ix_one_time_links_expires_at", "one_time_links", ["expires_at"])
    op.create_table(
        "factor_rules",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("subject", sa.String(12), nullable=False),
        sa.Column("value", sa.String(128), nullable=False),
        sa.Column("demand", sa.String(20), nullable=False),
        _moment("starts_at"),
        _moment("created_at"),
        sa.Column("created_by", sa.String(128)),
        _moment("ended_at", nullable=True),
    )
    op.create_index("ix_factor_rules_ended_at", "factor_rules", ["ended_at"])
