"""Lists of people: the words by whose beginnings they are found, and indexes in the order of lists.

Why: administrators page, filter and search 250,000 people; a search for "begins with" by words is the same on both databases.
Locks: changes of people and of role grants wait while the indexes are built (about a second for 300,000 people); reading, and so
signing in, goes on. The words of people who are there already are written page by page into the new table, which locks nothing.
"""

import re
import unicodedata
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import context, op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_WORD = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
_PAGE = 5000
_LIVE_UNIT = sa.text("revoked_at IS NULL AND unit_id IS NOT NULL")


def upgrade() -> None:
    words = op.create_table(
        "person_words",
        sa.Column("word", _WORD, primary_key=True),
        sa.Column("person_id", sa.String(26), sa.ForeignKey("people.id"), primary_key=True),
    )
    if not context.is_offline_mode():
        _fill(words)
    op.create_index("ix_person_words_person_id", "person_words", ["person_id"])
    op.create_index("ix_people_name", "people", ["name", "id"])
    op.create_index("ix_people_government_code_name", "people", ["government_code", "name", "id"])
    op.create_index(
        "ix_role_grants_unit_id_live", "role_grants", ["unit_id"], sqlite_where=_LIVE_UNIT, postgresql_where=_LIVE_UNIT
    )


def downgrade() -> None:
    op.drop_index("ix_role_grants_unit_id_live", "role_grants")
    op.drop_index("ix_people_government_code_name", "people")
    op.drop_index("ix_people_name", "people")
    op.drop_table("person_words")


def _fill(words: sa.Table) -> None:
    people = sa.table("people", *(sa.column(name, sa.String) for name in ("id", "name", "nickname", "username", "email_key")))
    after = ""
    while rows := op.get_bind().execute(sa.select(people).where(people.c.id > after).order_by(people.c.id).limit(_PAGE)).all():
        after = rows[-1].id
        op.bulk_insert(words, [{"word": word, "person_id": row.id} for row in rows for word in sorted(set(_words(*row[1:])))])


def _words(*texts: str | None) -> Iterator[str]:
    """As the house wrote them when this migration was made."""
    for text in texts:
        key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text or "").casefold()).strip()
        yield from (part[:64] for part in re.split(r"[\W_]+", key) if part)
        if key and " " not in key:
            yield key[:64]
