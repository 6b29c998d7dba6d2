"""People, their numbers, governments, units, assignments and roles.

Why: the directory is what every other room refers to. New tables only; nothing is locked.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, parents first."""
    _organisations()
    _people()
    _identifiers()
    _assignments()
    _roles()


def downgrade() -> None:
    """Drop the tables, children first."""
    for table in ("role_grants", "assignments", "person_identifiers", "people", "units", "governments"):
        op.drop_table(table)


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = True) -> None:
    clause = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=clause, postgresql_where=clause)


def _organisations() -> None:
    op.create_table(
        "governments",
        sa.Column("code", sa.String(5), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_governments"),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("government_code", sa.String(5), nullable=False),
        sa.Column("parent_id", sa.String(26)),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("successor_id", sa.String(26)),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.ForeignKeyConstraint(["government_code"], ["governments.code"], name="fk_units_government_code"),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name="fk_units_parent_id"),
        sa.ForeignKeyConstraint(["successor_id"], ["units.id"], name="fk_units_successor_id"),
    )
    _partial("uq_units_government_code_code_open", "units", ["government_code", "code"], "valid_to IS NULL")
    op.create_index("ix_units_parent_id", "units", ["parent_id"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("given_name", sa.String(200)),
        sa.Column("family_name", sa.String(200)),
        sa.Column("title_before", sa.String(60)),
        sa.Column("title_after", sa.String(60)),
        sa.Column("nickname", sa.String(60)),
        sa.Column("email", sa.String(254)),
        sa.Column("email_key", sa.String(254)),
        sa.Column("email_verified_at", MOMENT),
        sa.Column("phone", sa.String(16)),
        sa.Column("phone_verified_at", MOMENT),
        sa.Column("birthdate", sa.Date()),
        sa.Column("government_code", sa.String(5)),
        sa.Column("employment_status", sa.String(20), nullable=False),
        sa.Column("activity", sa.String(16), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("locale", sa.String(10)),
        sa.Column("subject_seed", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("username", name="uq_people_username"),
        sa.ForeignKeyConstraint(["government_code"], ["governments.code"], name="fk_people_government_code"),
    )
    op.create_index("ix_people_email_key", "people", ["email_key"])
    op.create_index("ix_people_government_code_status", "people", ["government_code", "status"])


def _identifiers() -> None:
    op.create_table(
        "person_identifiers",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("person_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("value", sa.String(24)),
        sa.Column("lookup", sa.LargeBinary(32)),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_person_identifiers"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_person_identifiers_person_id"),
    )
    table = "person_identifiers"
    _partial("uq_person_identifiers_value_current", table, ["value"], "valid_to IS NULL AND value IS NOT NULL")
    _partial("uq_person_identifiers_lookup_current", table, ["lookup"], "valid_to IS NULL AND lookup IS NOT NULL")
    _partial("uq_person_identifiers_person_id_number", table, ["person_id"], "valid_to IS NULL AND kind <> 'NIK'")
    _partial("uq_person_identifiers_person_id_nik", table, ["person_id"], "valid_to IS NULL AND kind = 'NIK'")
    op.create_index("ix_person_identifiers_person_id", table, ["person_id"])
    op.create_index("ix_person_identifiers_value", table, ["value"])


def _assignments() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("person_id", sa.String(26), nullable=False),
        sa.Column("unit_id", sa.String(26), nullable=False),
        sa.Column("position", sa.String(200)),
        sa.Column("position_kind", sa.String(40)),
        sa.Column("grade", sa.String(8)),
        sa.Column("acting", sa.String(4)),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_assignments_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_assignments_unit_id"),
    )
    _partial("uq_assignments_person_id_primary", "assignments", ["person_id"], "is_primary AND valid_to IS NULL")
    op.create_index("ix_assignments_person_id", "assignments", ["person_id"])
    op.create_index("ix_assignments_unit_id", "assignments", ["unit_id"])


def _roles() -> None:
    op.create_table(
        "role_grants",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("person_id", sa.String(26), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("government_code", sa.String(5)),
        sa.Column("unit_id", sa.String(26)),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("granted_by", sa.String(26)),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_role_grants"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_role_grants_person_id"),
        sa.ForeignKeyConstraint(["government_code"], ["governments.code"], name="fk_role_grants_government_code"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_role_grants_unit_id"),
    )
    op.create_index("ix_role_grants_person_id", "role_grants", ["person_id"])
    _partial("ix_role_grants_role_live", "role_grants", ["role"], "revoked_at IS NULL", unique=False)
