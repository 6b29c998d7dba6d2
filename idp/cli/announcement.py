"""``idp announcement``: what is said on start pages and, where wanted, on the sign-in page."""

from datetime import UTC, datetime

import click

from idp.cli.base import emit, json_option, open_services
from idp.kernel.actor import OPERATOR
from idp.portal.announcements import Level, NewAnnouncement, Said

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group()
def announcement() -> None:
    """Say something to the people, in both languages."""


@announcement.command("set")
@click.option("--text", required=True, help="The text in English (at most 500 characters).")
@click.option("--text-id", required=True, help="The same in Indonesian.")
@click.option("--level", default="info", show_default=True, help=f"{', '.join(Level)}.")
@click.option("--government", help="Only to the people of this government, by code (12.71).")
@click.option("--on-sign-in", is_flag=True, help="On the sign-in page, too.")
@click.option("--from", "start", type=_MOMENT, help="First moment (UTC); default: now.")
@click.option("--until", "end", type=_MOMENT, help="Last moment (UTC); default: until it is ended.")
@json_option
def set_command(
    text: str, text_id: str, level: str, government: str | None, on_sign_in: bool, start: datetime | None, end: datetime | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Announce."""
    new = NewAnnouncement(text, text_id, level, government, on_sign_in, _utc(start), _utc(end))
    with open_services() as services:
        said = services.announcements.say(OPERATOR, new)
    emit(_row(said), as_json)


@announcement.command("list")
@click.option("--all", "ended", is_flag=True, help="Those that have ended, too.")
@json_option
def list_command(ended: bool, as_json: bool) -> None:
    """Those that stand or will, the latest first."""
    with open_services() as services:
        found = services.announcements.all(ended=ended)
    emit([_row(said) for said in found], as_json)


@announcement.command("end")
@click.argument("announcement_id")
@json_option
def end_command(announcement_id: str, as_json: bool) -> None:
    """End one now."""
    with open_services() as services:
        services.announcements.end(OPERATOR, announcement_id)
    emit({"ended": announcement_id}, as_json)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


def _row(said: Said) -> dict[str, object]:
    values = {name: getattr(said, name) for name in Said.__slots__}
    return {name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value for name, value in values.items()}
