"""Signing keys, and the registered applications with their addresses, secrets and assignments.

Why: tokens are signed by keys that every process shares and that rotate; applications sign people in.
New tables only: locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _client_id(*, ondelete: str = "CASCADE") -> sa.Column[str]:
    return sa.Column("client_id", sa.String(128), sa.ForeignKey("clients.client_id", ondelete=ondelete), nullable=False)


def upgrade() -> None:
    _keys()
    _clients()
    op.create_table(
        "client_redirect_uris",
        sa.Column("id", sa.String(26), primary_key=True),
        _client_id(),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("uri", sa.String(2000), nullable=False),
        sa.Column("origin", sa.String(300)),
    )
    op.create_index("ix_client_redirect_uris_client_id", "client_redirect_uris", ["client_id"])
    op.create_index("ix_client_redirect_uris_origin", "client_redirect_uris", ["origin"])
    op.create_table(
        "client_secrets",
        sa.Column("id", sa.String(26), primary_key=True),
        _client_id(),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("prefix", sa.String(8), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("revoked_at", _MOMENT),
    )
    op.create_index("ix_client_secrets_client_id", "client_secrets", ["client_id"])
    _access()


def downgrade() -> None:
    for table in ("client_access", "client_secrets", "client_redirect_uris", "clients", "signing_keys"):
        op.drop_table(table)


def _keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(64), primary_key=True),
        sa.Column("alg", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public_jwk", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("activated_at", _MOMENT),
        sa.Column("retired_at", _MOMENT),
        sa.Column("expires_at", _MOMENT),
    )
    for state in ("active", "next"):
        where = sa.text(f"state = '{state}'")
        op.create_index(f"uq_signing_keys_{state}", "signing_keys", ["alg"], unique=True, sqlite_where=where, postgresql_where=where)


def _clients() -> None:
    op.create_table(
        "clients",
        sa.Column("client_id", sa.String(128), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_id", sa.String(200)),
        sa.Column("government_code", sa.String(5), sa.ForeignKey("governments.code")),
        sa.Column("home_uri", sa.String(2000)),
        sa.Column("topic", sa.String(64)),
        sa.Column("auth_method", sa.String(32), nullable=False),
        sa.Column("grants", sa.String(400), nullable=False),
        sa.Column("scopes", sa.String(2000), nullable=False),
        sa.Column("require_pkce", sa.Boolean(), nullable=False),
        sa.Column("subject_type", sa.String(8), nullable=False),
        sa.Column("sector", sa.String(255), nullable=False),
        sa.Column("id_token_alg", sa.String(8), nullable=False),
        sa.Column("access_token_alg", sa.String(8), nullable=False),
        sa.Column("userinfo_alg", sa.String(8)),
        sa.Column("first_party", sa.Boolean(), nullable=False),
        sa.Column("min_acr", sa.String(64)),
        sa.Column("jwks", sa.JSON()),
        sa.Column("jwks_uri", sa.String(2000)),
        sa.Column("backchannel_logout_uri", sa.String(2000)),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("access", sa.String(12), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )


def _access() -> None:
    subjects = ("person_id", "government_code", "unit_id")
    count = " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in subjects)
    op.create_table(
        "client_access",
        sa.Column("id", sa.String(26), primary_key=True),
        _client_id(),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id", ondelete="CASCADE")),
        sa.Column("government_code", sa.String(5), sa.ForeignKey("governments.code")),
        sa.Column("unit_id", sa.String(26), sa.ForeignKey("units.id", ondelete="CASCADE")),
        sa.CheckConstraint(f"{count} = 1", name="one_subject"),
    )
    op.create_index("ix_client_access_client_id_person_id", "client_access", ["client_id", "person_id"])
