"""``idp registration-token``: a settled name (interfaces.md) of dynamic registration, which comes with a later issue."""

import click

from idp.cli.base import fail, json_option


@click.group("registration-token")
def registration_token() -> None:
    """Tokens for dynamic client registration (RFC 7591). Not offered yet."""


@registration_token.command("create")
@json_option
def create_command(as_json: bool) -> None:
    """Make an initial access token. Not offered yet: exits 2; register with `idp client create`."""
    del as_json
    fail("registration-token create is not offered yet: there is no dynamic registration; use `idp client create`")
