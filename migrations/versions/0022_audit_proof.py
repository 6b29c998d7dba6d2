"""Seals that name each event, signed checkpoints, deletion on time, and indexes to search by.

Why: a changed, missing or inserted event must be found and named, also on an export and without trusting the database's owner;
what is kept no longer is deleted without breaking the proof; auditors search by person, actor, application, kind and time.
Seals are made anew by the worker in the new form (their old form could only say "somewhere among these"). `audit_events` gets
three indexes: on PostgreSQL, where it has rows, they are built concurrently and lock nothing. The trigger against deletion now
lets go of an event that a statement in `audit_prunings` covers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_REFUSAL = "audit events are append-only"
_INDEXES = {
    "ix_audit_events_tag_id": (["tag", "id"], None),
    "ix_audit_events_actor": (["actor_id", "id"], "actor_id IS NOT NULL"),
    "ix_audit_events_client": (["client_id", "id"], "client_id IS NOT NULL"),
}
_COVERED = (
    "EXISTS (SELECT 1 FROM audit_prunings p WHERE p.chain = coalesce(OLD.government_code, '') "
    "AND OLD.id BETWEEN p.first_event AND p.last_event)"
)


def upgrade() -> None:
    _drop("audit_seals")
    op.create_table("audit_seals", *_chained(), *_span(), sa.Column("leaves", sa.LargeBinary(), nullable=False), *_sealed(),
                    sa.Column("kid", sa.String(64), nullable=False), sa.Column("signature", sa.LargeBinary(), nullable=False),
                    sa.Column("at", _MOMENT, nullable=False))  # fmt: skip
    op.create_index("ix_audit_seals_chain_last_event", "audit_seals", ["chain", "last_event"])
    op.create_table("audit_checkpoints", *_chained(), sa.Column("seal", sa.Integer(), nullable=False),
                    sa.Column("events", _BIG, nullable=False), *_stated())  # fmt: skip
    op.create_table("audit_prunings", *_chained(), *_span(), *_stated())
    op.create_table("audit_positions", sa.Column("name", sa.String(24), primary_key=True), sa.Column("event", _BIG, nullable=False),
                    sa.Column("at", _MOMENT, nullable=False))  # fmt: skip
    for table in ("audit_seals", "audit_checkpoints", "audit_prunings"):
        _make_append_only(table)
    _delete_on_time()
    _make_audit_keys()
    _index()


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "audit_events")
    op.drop_table("audit_keys")
    _delete_never()
    for table in ("audit_prunings", "audit_checkpoints", "audit_seals"):
        _drop(table)
    op.drop_table("audit_positions")
    op.create_table("audit_seals", *_chained(), *_span(), *_sealed(), sa.Column("at", _MOMENT, nullable=False))
    _make_append_only("audit_seals")


def _chained() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("chain", sa.String(5), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    )


def _span() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("first_event", _BIG, nullable=False),
        sa.Column("last_event", _BIG, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
    )


def _sealed() -> tuple[sa.Column[object], ...]:
    return (sa.Column("hash", sa.LargeBinary(), nullable=False),)


def _stated() -> tuple[sa.Column[object], ...]:
    return (sa.Column("statement", sa.Text(), nullable=False), sa.Column("at", _MOMENT, nullable=False))


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _make_append_only(table: str) -> None:
    if _sqlite():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$")
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def _drop(table: str) -> None:
    op.drop_table(table)
    if not _sqlite():
        op.execute(f"DROP FUNCTION {table}_append_only()")


def _delete_on_time() -> None:
    if _sqlite():
        op.execute("DROP TRIGGER audit_events_no_delete")
        op.execute(
            f"CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events WHEN NOT {_COVERED} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
        return
    op.execute("DROP TRIGGER audit_events_append_only ON audit_events")
    op.execute(
        "CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only()"
    )
    op.execute(
        "CREATE FUNCTION audit_events_on_time() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_COVERED} THEN RETURN OLD; END IF; RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_events_on_time BEFORE DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_events_on_time()"
    )


def _delete_never() -> None:
    if _sqlite():
        op.execute("DROP TRIGGER audit_events_no_delete")
        op.execute(
            "CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
        return
    op.execute("DROP TRIGGER audit_events_on_time ON audit_events")
    op.execute("DROP FUNCTION audit_events_on_time()")
    op.execute("DROP TRIGGER audit_events_append_only ON audit_events")
    op.execute(
        "CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only()"
    )


def _make_audit_keys() -> None:
    op.create_table(
        "audit_keys",
        sa.Column("kid", sa.String(64), primary_key=True),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("endorsement", sa.Text()),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("retired_at", _MOMENT),
        sa.Column("active", sa.Boolean()),
        sa.UniqueConstraint("active", name="uq_audit_keys_active"),
    )


def _index() -> None:
    has_rows = op.get_bind().execute(sa.text("SELECT 1 FROM audit_events LIMIT 1")).first() is not None
    if _sqlite() or not has_rows:
        for name, (columns, where) in _INDEXES.items():
            only = sa.text(where) if where else None
            op.create_index(name, "audit_events", columns, sqlite_where=only, postgresql_where=only)
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # building concurrently waits for running transactions, and makes nobody wait
        for name, (columns, where) in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.create_index(name, "audit_events", columns, postgresql_where=sa.text(where) if where else None, postgresql_concurrently=True)
        op.execute("SET lock_timeout = 5000")
