"""``idp keys``: signing keys."""

from datetime import datetime

import click

from idp.cli.base import emit, json_option, open_services
from idp.kernel.actor import OPERATOR


@click.group()
def keys() -> None:
    """Show and rotate the keys that sign tokens."""


@keys.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every published key: next (not signing yet), active, retired (still published)."""
    with open_services() as services:
        found = services.deps.ring.list()
    emit(
        [
            {
                "kid": key.kid,
                "alg": key.alg,
                "state": key.state,
                "created_at": _moment(key.created_at),
                "activated_at": _moment(key.activated_at),
                "retired_at": _moment(key.retired_at),
                "expires_at": _moment(key.expires_at),
            }
            for key in found
        ],
        as_json,
    )


@keys.command("rotate")
@click.option("--alg", help="RS256 or ES256; both when left out.")
@json_option
def rotate_command(alg: str | None, as_json: bool) -> None:
    """Retire the active key, let the next one sign, publish a new next one; makes keys where there are none."""
    with open_services() as services:
        activated = services.deps.ring.rotate(OPERATOR, alg)
        found = {key.kid: key for key in services.deps.ring.list()}
    emit([{"kid": kid, "alg": found[kid].alg, "state": found[kid].state} for kid in activated], as_json)


@keys.command("reseal")
@json_option
def reseal_command(as_json: bool) -> None:
    """Encrypt private keys again under the newest of IDP_DATA_KEYS, so that the older ones can be taken away."""
    with open_services() as services:
        deps = services.deps
        count = deps.ring.reseal(OPERATOR) + deps.audit_keys.reseal(OPERATOR)
    emit({"resealed": count}, as_json)


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
