"""Second-factor rules for one application and with grace; exceptions with an approver; the grace sign-ins people used.

Why: a rule comes into force with notice, and whoever cannot follow it yet is excepted for a time by two people. Nullable columns,
which both databases add without rewriting the table: a short lock on a table of a few dozen rows; new tables lock nothing.
Code from before reads a rule for one application as one for all: stricter, for as long as both run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("factor_rules", sa.Column("application", sa.String(128)))
    op.add_column("factor_rules", sa.Column("grace_days", sa.Integer()))
    op.add_column("factor_rules", sa.Column("grace_sign_ins", sa.Integer()))
    op.add_column("factor_rules", sa.Column("scope", sa.String(5)))
    op.create_table(
        "factor_exceptions",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("rule_id", sa.String(26), sa.ForeignKey("factor_rules.id")),
        sa.Column("application", sa.String(128)),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("asked_by", sa.String(26), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("approved_by", sa.String(26), sa.ForeignKey("people.id")),
        sa.Column("approved_at", _MOMENT),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("ended_by", sa.String(128)),
    )
    op.create_index("ix_factor_exceptions_person_id", "factor_exceptions", ["person_id"])
    op.create_index("ix_factor_exceptions_expires_at", "factor_exceptions", ["expires_at"])
    op.create_table(
        "grace_uses",
        sa.Column("rule_id", sa.String(26), sa.ForeignKey("factor_rules.id"), primary_key=True),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("grace_uses")
    op.drop_table("factor_exceptions")
    for name in ("scope", "grace_sign_ins", "grace_days", "application"):
        op.drop_column("factor_rules", name)
