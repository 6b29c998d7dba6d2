"""``idp db``: migrations."""

import click

from idp.cli.base import emit, fail, json_option, load_settings, open_services
from idp.db.migrate import downgrade, revisions, upgrade
from idp.db.session import Database
from idp.kernel.actor import OPERATOR


@click.group()
def db() -> None:
    """Create, migrate and check the database."""


@db.command("upgrade")
@click.option("--revision", default="head", show_default=True)
@json_option
def upgrade_command(revision: str, as_json: bool) -> None:
    """Bring the database to REVISION, and put in what the product needs: the 34 governments and signing keys."""
    settings = load_settings()
    upgrade(settings.database_url, revision)
    if revision == "head":
        with open_services() as services:
            services.organisations.seed(OPERATOR)
        with open_services() as services:
            services.deps.ring.ensure(OPERATOR)
    _show(as_json)


@db.command("downgrade")
@click.argument("revision")
@json_option
def downgrade_command(revision: str, as_json: bool) -> None:
    """Take the database down to REVISION (`base` removes everything)."""
    downgrade(load_settings().database_url, revision)
    _show(as_json)


@db.command("check")
@json_option
def check_command(as_json: bool) -> None:
    """Exit 0 when the database is at the revision of the code, 2 otherwise."""
    if not _show(as_json):
        fail("the database is not at the revision of this code; run `idp db upgrade`")


@db.command("generate")
@click.option("--people", type=click.IntRange(1, 1_000_000), required=True)
@json_option
def generate_command(people: int, as_json: bool) -> None:
    """Fill the database with invented people, for benchmarks and rehearsals."""
    from idp.directory.bulk import generate

    with open_services() as services:
        made = generate(services.session, people, randomness=services.deps.randomness, clock=services.deps.clock)
    emit({"people": made}, as_json)


def _show(as_json: bool) -> bool:
    settings = load_settings()
    database = Database(settings.database_url)
    try:
        current, head = revisions(database.engine, settings.database_url)
    finally:
        database.dispose()
    emit({"revision": current, "head": head, "current": current == head}, as_json)
    return current == head
