"""Single-use codes from an agency for a lost phone, remembered devices, how long policy lets a device be remembered.

Why: a lost phone must not lock anybody out, and no reset may skip the password; a remembered device is a row that can be
revoked. New tables, and three columns that are empty or have a constant default: the lock is held for a moment and nothing is rewritten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "agency_codes",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("issued_by", sa.String(128)),
        sa.Column("approved_by", sa.String(26)),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("used_at", _MOMENT),
    )
    op.create_index("ix_agency_codes_person_id", "agency_codes", ["person_id"])
    op.create_table(
        "remembered_devices",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(60), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("rotated_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("end_reason", sa.String(30)),
    )
    op.create_index("ix_remembered_devices_person_id", "remembered_devices", ["person_id"])
    op.create_index("ix_remembered_devices_expires_at", "remembered_devices", ["expires_at"])
    op.add_column("sign_ins", sa.Column("must_enrol", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("factor_rules", sa.Column("remember_days", sa.Integer()))
    op.add_column("people", sa.Column("factor_suggestion_declined_at", _MOMENT))


def downgrade() -> None:
    op.drop_column("people", "factor_suggestion_declined_at")
    op.drop_column("factor_rules", "remember_days")
    op.drop_column("sign_ins", "must_enrol")
    op.drop_table("remembered_devices")
    op.drop_table("agency_codes")
