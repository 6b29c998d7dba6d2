"""``idp branding``: name, colour and logo, of the installation and of each government."""

from typing import BinaryIO

import click

from idp.cli.base import emit, json_option, open_services
from idp.directory.brands import INSTALLATION, Look
from idp.directory.logos import LARGEST
from idp.kernel.actor import OPERATOR

_government = click.option("--government", help="Of this government, by code (12.71); the whole installation when left out.")


@click.group()
def branding() -> None:
    """Show and choose how pages present themselves; pages follow within half a minute."""


@branding.command("show")
@json_option
def show_command(as_json: bool) -> None:
    """What was chosen, for the installation ("all") and for governments."""
    with open_services() as services:
        rows = [_row(scope, look) for scope, look in services.brands.looks().items()]
    emit(rows, as_json)


@branding.command("set")
@_government
@click.option("--name", help="Shown at the top of each page.")
@click.option("--accent", help="One colour (#0b5d4e); refused when people could not read it, in light or in dark.")
@click.option("--logo", type=click.File("rb"), help="A PNG, WebP or SVG file of at most 12 KB; - reads it from the input.")
@json_option
def set_command(government: str | None, name: str | None, accent: str | None, logo: BinaryIO | None, as_json: bool) -> None:
    """Choose what is given; the rest stays."""
    picture = logo.read(LARGEST + 1) if logo else None
    with open_services() as services:
        look = services.brands.set(OPERATOR, government, name=name, accent=accent, logo=picture)
    emit(_row(government or INSTALLATION, look), as_json)


@branding.command("reset")
@_government
@json_option
def reset_command(government: str | None, as_json: bool) -> None:
    """Forget what was chosen: a government looks like the installation again, the installation like its settings."""
    with open_services() as services:
        done = services.brands.reset(OPERATOR, government)
    emit({"scope": government or INSTALLATION, "reset": done}, as_json)


def _row(scope: str, look: Look) -> dict[str, object]:
    return {"scope": scope, "name": look.name, "accent": look.accent, "logo": look.logo}
