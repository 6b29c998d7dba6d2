"""``idp authorization-type``: what APIs let applications ask for beyond scopes (RFC 9396), declared with words for people."""

import json
from pathlib import Path
from typing import Any

import click

from idp.cli.base import emit, fail, json_option, open_services
from idp.clients.authorization_types.declaration import DeclaredType
from idp.kernel.actor import OPERATOR


@click.group("authorization-type")
def authorization_type() -> None:
    """Declare types of authorization details, and say which application may use them."""


@authorization_type.command("declare")
@click.argument("name", metavar="TYPE")
@click.option("--title", required=True, help="What it lets an application do, as people read it before they agree.")
@click.option("--title-id", required=True, help="The same in Indonesian.")
@click.option("--schema", "schema_file", required=True, type=click.Path(path_type=Path), help="File with its fields (JSON Schema).")
@click.option("--resource", "resources", multiple=True, metavar="URI", help="API that it is about; may be given several times.")
@click.option("--without-person", is_flag=True, help="Also for an application's own tokens (client credentials): nobody is asked.")
@json_option
def declare_command(
    name: str, title: str, title_id: str, schema_file: Path, resources: tuple[str, ...], without_person: bool, as_json: bool
) -> None:
    """Declare a type, or declare it anew; what the file may hold stands in docs/operators.md."""
    schema = _schema(schema_file)
    with open_services() as services:
        found = services.registry.authorization_types.declare(
            OPERATOR, name, title=title, title_id=title_id, schema=schema, resources=resources, without_person=without_person
        )
    emit(_brief(found), as_json)


@authorization_type.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every declared type."""
    with open_services() as services:
        found = services.registry.authorization_types.list()
    emit([_brief(one) for one in found], as_json)


@authorization_type.command("show")
@click.argument("name", metavar="TYPE")
def show_command(name: str) -> None:
    """The schema of a type, as JSON."""
    with open_services() as services:
        found = services.registry.authorization_types.known([name]).get(name)
    if found is None:
        fail(f"there is no authorization type {name[:200]!r}")
    click.echo(json.dumps(found.schema, indent=2, ensure_ascii=False))


@authorization_type.command("retire")
@click.argument("name", metavar="TYPE")
@json_option
def retire_command(name: str, as_json: bool) -> None:
    """Take a type away: nothing of it is asked for, given or told any more."""
    with open_services() as services:
        services.registry.authorization_types.retire(OPERATOR, name)
    emit({"retired": name}, as_json)


@authorization_type.command("allow")
@click.argument("name", metavar="TYPE")
@click.argument("client_id")
@click.option("--remove", is_flag=True, help="Take it back; at once, for what was granted too.")
@json_option
def allow_command(name: str, client_id: str, remove: bool, as_json: bool) -> None:
    """Let an application use a type."""
    with open_services() as services:
        types = services.registry.authorization_types
        left = (types.forbid if remove else types.allow)(OPERATOR, name, client_id)
    emit({"client_id": client_id, "authorization_details_types": left}, as_json)


def _schema(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except (ValueError, RecursionError):
        fail(f"{path} is not JSON")


def _brief(found: DeclaredType) -> dict[str, Any]:
    names = ("type", "title", "title_id", "resources", "without_person")
    return {name: getattr(found, name) for name in names}
