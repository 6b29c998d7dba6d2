"""Migrations make exactly what the models say, go both ways on both databases, and form one chain."""

import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from idp.db import migrate
from tests import postgresql
from tests.house.source import ROOT

VERSIONS = ScriptDirectory(str(ROOT / "migrations"))
CHAIN = [script.revision for script in VERSIONS.walk_revisions()][::-1]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    request.getfixturevalue("postgresql_template")
    name = f"migrations_{tmp_path.name.lower()}"[:60]
    postgresql.create_empty(name)
    yield postgresql.url(name)
    postgresql.drop(name)


def _schema(url: str) -> set[str]:
    """Every table, index and trigger, with its definition where the database keeps one."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            rows = connection.execute("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master").fetchall()
    else:
        with postgresql.connect(url.partition("@/")[2].partition("?")[0]) as connection:
            rows = connection.execute(
                "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns "
                "WHERE table_schema = 'public' UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
                "UNION ALL SELECT pg_get_constraintdef(c.oid) || conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace "
                "WHERE nspname = 'public' UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
                "UNION ALL SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
            ).fetchall()
    return {row[0] for row in rows if "alembic_version" not in row[0] and "sqlite_" not in row[0]}


def test_the_chain_is_one_and_numbered():
    assert [f"{number:04d}" for number in range(1, len(CHAIN) + 1)] == CHAIN
    for script in VERSIONS.walk_revisions():
        assert script.path.rpartition("/")[2].startswith(script.revision)


def test_the_newest_migration_equals_the_models(empty_url):
    migrate.upgrade(empty_url)
    command.check(migrate._config(empty_url))  # raises with the differences


def test_up_down_up_gives_the_same(empty_url):
    migrate.upgrade(empty_url)
    first = _schema(empty_url)
    migrate.downgrade(empty_url, "base")
    assert _schema(empty_url) == set()
    migrate.upgrade(empty_url)
    assert _schema(empty_url) == first


def test_each_step_can_be_taken_back(empty_url):
    """Step by step: what a migration's downgrade leaves is what stood before its upgrade."""
    before = _schema(empty_url)
    for revision in CHAIN:
        migrate.upgrade(empty_url, revision)
        after = _schema(empty_url)
        migrate.downgrade(empty_url, "-1")
        assert _schema(empty_url) == before, revision
        migrate.upgrade(empty_url, revision)
        before = after


def test_upgrading_twice_changes_nothing(empty_url):
    migrate.upgrade(empty_url)
    once = _schema(empty_url)
    migrate.upgrade(empty_url)
    assert _schema(empty_url) == once
