"""The record of what happened, and its seals.

Why: no change without an event, and an event never changes: the database itself refuses UPDATE and DELETE on
``audit_events`` (Peraturan BSSN 4/2021 art. 27; ASVS 16.4.2). New tables only: locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFUSAL = "audit events are append-only"


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("government_code", sa.String(5)),
        sa.Column("actor_kind", sa.String(10), nullable=False),
        sa.Column("actor_id", sa.String(128)),
        sa.Column("subject_kind", sa.String(24)),
        sa.Column("subject_id", sa.String(128)),
        sa.Column("client_id", sa.String(128)),
        sa.Column("session_id", sa.String(26)),
        sa.Column("ip", sa.String(45)),
        sa.Column("agent", sa.String(200)),
        sa.Column("request_id", sa.String(32)),
        sa.Column("details", sa.JSON(), nullable=False),
    )
    op.create_index("ix_audit_events_government_code_id", "audit_events", ["government_code", "id"])
    op.create_index("ix_audit_events_subject", "audit_events", ["subject_kind", "subject_id", "id"])
    op.create_table(
        "audit_seals",
        sa.Column("chain", sa.String(5), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("first_event", _BIG, nullable=False),
        sa.Column("last_event", _BIG, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    for table in ("audit_events", "audit_seals"):
        _make_append_only(table)


def _make_append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def downgrade() -> None:
    for table in ("audit_seals", "audit_events"):
        op.drop_table(table)
        if op.get_bind().dialect.name != "sqlite":
            op.execute(f"DROP FUNCTION {table}_append_only()")
