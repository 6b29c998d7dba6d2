"""The start page: how applications present themselves, links to systems with their own accounts, favourites, announcements.

Why: a launcher that people find their way in. Descriptions and logos stand apart from `clients`, which every sign-on
reads. New tables only: locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_cards",
        sa.Column("client_id", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("description", sa.String(200)),
        sa.Column("description_id", sa.String(200)),
        sa.Column("contact", sa.String(200)),
        sa.Column("logo", sa.LargeBinary()),
        sa.Column("logo_digest", sa.String(32)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "portal_links",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("uri", sa.String(2000), nullable=False),
        sa.Column("description", sa.String(200)),
        sa.Column("description_id", sa.String(200)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(128)),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "portal_favourites",
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("item", sa.String(140), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "announcements",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("text_id", sa.String(500), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("government_code", sa.String(5), sa.ForeignKey("governments.code")),
        sa.Column("on_sign_in", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(128)),
    )


def downgrade() -> None:
    op.drop_table("announcements")
    op.drop_table("portal_favourites")
    op.drop_table("portal_links")
    op.drop_table("app_cards")
