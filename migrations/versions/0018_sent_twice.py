"""What the last form of a half-done sign-in was answered, sealed, so that the same form sent twice is answered alike.

Why: of two clicks the browser keeps the second answer only, and a code works once. Two nullable columns, which both databases
add without rewriting the table: a short lock.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("answer", sa.LargeBinary()))
    op.add_column("sign_ins", sa.Column("answered_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("sign_ins", "answered_at")
    op.drop_column("sign_ins", "answer")
