"""``idp audit export`` and ``search``: what leaves the record is recorded in it."""

import contextlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from idp.cli.base import emit, fail, json_option, open_deps
from idp.kernel.actor import OPERATOR

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


def narrowing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which events are wanted."""
    for option in reversed((
        click.option("--government", "governments", multiple=True, help="Only this government's events; may be given again."),
        click.option("--since", type=_MOMENT, help="From this day or moment on (UTC)."),
        click.option("--until", type=_MOMENT, help="Up to this day or moment, without it (UTC)."),
        click.option("--tag", "tags", multiple=True, help="Only this kind of event; may be given again."),
        click.option("--person", help="About or by this person: user name, number, address or id."),
        click.option("--actor", help="By this id (a person's or an application's)."),
        click.option("--application", "client", help="Of this application (client_id)."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.command("export")
@click.option("--format", "style", type=click.Choice(["jsonl", "csv", "syslog"]), default="jsonl", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead of standard output.")
@narrowing
@json_option
def export_command(style: Any, output: Path | None, as_json: bool, **given: Any) -> None:
    """Write events, oldest first. JSON Lines bring their proof along (`idp audit verify --export FILE`); lines whose tag begins
    with audit:proof: are that proof."""
    del as_json  # JSON Lines is the default already
    from idp.wiring.record import Record

    with open_deps() as deps:
        lines = Record(deps).export(OPERATOR, _wanted(deps, given), style)
        try:
            with _target(output) as target:
                for line in lines:
                    target.write(line)
                target.flush()
        except BrokenPipeError:
            sys.stderr.close()  # whoever reads has had enough
            sys.exit(0)
        except OSError as error:
            fail(f"cannot write: {error.strerror}")


@click.command("search")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--before", type=int, help="Only events older than the one with this number: the next page.")
@narrowing
@json_option
def search_command(limit: int, before: int | None, as_json: bool, **given: Any) -> None:
    """The newest events, newest first."""
    from idp.audit.proof.chain import as_record
    from idp.wiring import Services
    from idp.wiring.record import record_reader

    with open_deps() as deps:
        wanted = _wanted(deps, given)
        with deps.database.unit() as session:
            rows = record_reader(Services(deps, session)).find(OPERATOR, wanted, before=before, limit=limit)
    found = [as_record(row) for row in rows]
    brief = ("id", "at", "tag", "government_code", "actor_kind", "actor_id", "subject_id", "client_id", "ip")
    emit(found if as_json else [{name: one[name] for name in brief} for one in found], as_json)


def _wanted(deps: Any, given: dict[str, Any]) -> Any:
    from idp.audit.search.wanted import Wanted
    from idp.audit.tags import Tag

    unknown = [tag for tag in given["tags"] if tag not in set(Tag)]
    if unknown:
        fail(f"--tag: there is no kind of event {unknown[0]!r}")
    since, until = (_utc(given[name]) for name in ("since", "until"))
    if since and until and since >= until:
        fail("--since must be before --until")
    person = _person(deps, given["person"]) if given["person"] else None
    return Wanted(tuple(given["governments"]) or None, since, until, tuple(given["tags"]), person, given["actor"], given["client"])


def _person(deps: Any, name: str) -> str:
    """The id of somebody; an id is taken as it is, since an erased person still stands in the record."""
    from idp.wiring import Services

    with deps.database.unit(read_only=True) as session:
        people = Services(deps, session).people
        found = people.find(name)
        return str(found[0].id if found else name)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


@contextlib.contextmanager
def _target(output: Path | None) -> Any:
    if output is None:
        yield sys.stdout.buffer
        return
    with output.open("wb") as target:
        found: BinaryIO = target
        yield found
