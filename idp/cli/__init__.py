"""The ``idp`` command: what an operator does on the server, and what tools drive the product by.

Owns arguments and printed results. Every change goes through the same services as the web, audited as the operator's.
A bad value exits 2 with one clear line and changes nothing.
"""

import importlib
import sys
from typing import Any

import click

from idp.cli import large_pages

_COMMANDS = {
    "serve": "idp.cli.serve:serve",
    "worker": "idp.cli.worker:worker",
    "db": "idp.cli.db:db",
    "check": "idp.cli.check:check",
    "prune": "idp.cli.worker:prune",
    "user": "idp.cli.user:user",
    "role": "idp.cli.role:role",
    "break-glass": "idp.cli.break_glass:break_glass",
    "unit": "idp.cli.unit:unit",
    "contact": "idp.cli.contact:contact",
    "correction": "idp.cli.correction:correction",
    "client": "idp.cli.client:client",
    "authorization-type": "idp.cli.authorization_type:authorization_type",
    "registration-token": "idp.cli.registration_token:registration_token",
    "announcement": "idp.cli.announcement:announcement",
    "link": "idp.cli.link:link",
    "keys": "idp.cli.keys:keys",
    "rooms": "idp.cli.rooms:rooms",
    "branding": "idp.cli.branding:branding",
    "policy": "idp.cli.policy:policy",
    "audit": "idp.cli.audit:audit",
}


class _Lazy(click.Group):
    """Imports a command's module only when it is asked for, so that each starts quickly."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; what is wrong with its words is said in one line, and the exit code is 2."""
        if not args and extra.get("args") is None and sys.argv[1:2] == ["serve"]:  # as a command of its own, not from a test
            large_pages.ask()
        extra["standalone_mode"] = False
        try:
            sys.exit(super().main(*args, **extra) or 0)
        except click.ClickException as error:
            click.echo(f"idp: {' '.join(error.format_message().split())}", err=True)
            sys.exit(2)
        except click.Abort:
            sys.exit(130)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the map."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command behind a name."""
        target = _COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="idp")
def main() -> None:
    """The single sign-on of North Sumatra."""
