"""What every command shares: settings, one committed unit, results as text or JSON, errors as one line."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DBAPIError

from idp.kernel.errors import DomainError
from idp.kernel.logs import configure
from idp.settings import Settings, UnsafeSettings
from idp.wiring import Deps, Services

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def fail(message: str) -> NoReturn:
    """Say what is wrong in one line and exit 2."""
    click.echo(f"idp: {' '.join(message.split())}", err=True)
    sys.exit(2)


def load_settings() -> Settings:
    """The settings, or exit 2 with one line a problem."""
    try:
        settings = Settings.from_env()
    except UnsafeSettings as error:
        for line in str(error).splitlines():
            click.echo(f"idp: {line}", err=True)
        sys.exit(2)
    configure(settings.log_level if settings.log_level != "info" else "warning", settings.log_format)
    return settings


@contextmanager
def open_services() -> Iterator[Services]:
    """Services in one unit: committed when the block returns, nothing changed when it fails (exit 2)."""
    with open_deps() as deps, deps.database.unit() as session:
        yield Services(deps, session)


@contextmanager
def open_deps() -> Iterator[Deps]:
    """What a process keeps, for a command that opens its units itself; what is refused exits 2 with one line."""
    deps = Deps.build(load_settings())
    try:
        yield deps
    except DomainError as error:
        fail(error.sentence)
    except DBAPIError as error:
        if "no such table" in str(error.orig) or "UndefinedTable" in type(error.orig).__name__:
            fail("the database has no tables yet; run `idp db upgrade` first")
        fail(f"the database refused: {type(error.orig).__name__}: {str(error.orig).splitlines()[0]}")
    finally:
        deps.database.dispose()


def emit(result: Any, as_json: bool) -> None:
    """Print a result: JSON, or ``name: value`` lines and tables of tab-separated columns.

    result: a dict, or a list of dicts with the same names.
    """
    if as_json:
        click.echo(json.dumps(result, default=str, ensure_ascii=False))
        return
    if isinstance(result, dict):
        for name, value in result.items():
            click.echo(f"{name}: {_plain(value)}")
        return
    if result:
        click.echo("\t".join(result[0]))
    for row in result:
        click.echo("\t".join(_plain(value) for value in row.values()))


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(str(part) for part in value) or "-"
    return str(value)
