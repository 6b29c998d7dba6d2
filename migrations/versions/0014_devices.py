"""Links that say "this was not me", contacts of a government, and requests to correct employment data.

Why: a person ends a stranger's session from a letter, and their government learns of it; people ask for corrections where they see
their data (UU 27/2022). Two nullable columns, which both databases add without rewriting the table: a short lock;
two new tables lock nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    op.add_column("one_time_links", sa.Column("session_id", sa.String(26)))
    op.add_column("one_time_links", sa.Column("mailed_to", sa.LargeBinary(32)))
    op.create_table(
        "contacts",
        sa.Column("government_code", sa.String(5), sa.ForeignKey("governments.code"), primary_key=True),
        sa.Column("purpose", sa.String(10), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("locale", sa.String(10), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("government_code", sa.String(5), sa.ForeignKey("governments.code")),
        sa.Column("field", sa.String(24), nullable=False),
        sa.Column("wanted", sa.String(200), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_by", sa.String(26)),
    )
    op.create_index("ix_corrections_person_id", "corrections", ["person_id"])
    op.create_index(
        "uq_corrections_person_id_field_open", "corrections", ["person_id", "field"], unique=True,
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_corrections_government_code_open", "corrections", ["government_code", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def downgrade() -> None:
    op.drop_table("corrections")
    op.drop_table("contacts")
    op.drop_column("one_time_links", "mailed_to")
    op.drop_column("one_time_links", "session_id")
