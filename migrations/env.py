"""How Alembic reaches the database and what it compares with.

The address is `config.attributes["url"]` (handed in by `idp.db.migrate` and tests), else IDP_DATABASE_URL, else the embedded
default. Every `idp.<room>.models` is imported, so a new room needs no line here.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

import idp
from idp.db.base import Base, UtcDateTime

# A migration that cannot get its lock must give up rather than queue every request behind itself.
LOCK_TIMEOUT_MS = 5000
# Two processes that upgrade at once wait for each other here; the number only has to be ours.
_ADVISORY_LOCK = 7_041_945


def target_metadata() -> MetaData:
    """The metadata of all rooms' models."""
    # By file, so that only the rooms' models are imported and not what their neighbours need.
    root = Path(idp.__path__[0])
    for path in sorted(root.glob("*/**/models.py")):
        import_module(".".join(("idp", *path.relative_to(root).with_suffix("").parts)))
    return Base.metadata


def database_url() -> URL:
    """Where to migrate."""
    given = context.config.attributes.get("url")
    return make_url(given or os.environ.get("IDP_DATABASE_URL") or "sqlite:///var/idp.db")


def render_item(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our moment type as the plain type it is stored as: a migration must not change when the house does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, UtcDateTime) else False


def options(backend: str) -> dict[str, Any]:
    """What both modes share. SQLite cannot alter most things, so it works in batches (copy and move)."""
    return {
        "target_metadata": target_metadata(),
        "render_as_batch": backend == "sqlite",
        "render_item": render_item,
        "compare_type": True,
        "transaction_per_migration": True,
        "transactional_ddl": True,
    }


def engine_for(url: URL) -> Engine:
    """An engine of its own: not the service's, whose statement timeout would cut a long migration."""
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=NullPool)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """We say BEGIN ourselves, so that DDL is transactional; batches replace tables, so foreign keys rest meanwhile."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def guarded(connection: Connection) -> Iterator[None]:
    """PostgreSQL: one upgrade at a time, and no waiting for locks. SQLite: no broken reference is left behind."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})")
        connection.exec_driver_sql(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        connection.commit()
    yield
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration left broken references: {broken[:5]}")


def run_online() -> None:
    """Migrate the database we can reach."""
    url = database_url()
    engine = engine_for(url)
    try:
        with engine.connect() as connection, guarded(connection):
            context.configure(connection=connection, **options(url.get_backend_name()))
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


def run_offline() -> None:
    """Print the SQL instead (`alembic upgrade head --sql`), for an operator who applies it by hand."""
    url = database_url()
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **options(url.get_backend_name()))
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
