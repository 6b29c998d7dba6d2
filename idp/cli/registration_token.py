"""``idp registration-token``: initial access tokens for dynamic client registration (RFC 7591)."""

from typing import Any

import click

from idp.cli.base import emit, json_option, open_services
from idp.clients.registration.policies import POLICIES
from idp.clients.registration.registrations import InitialToken
from idp.kernel.actor import OPERATOR


@click.group("registration-token")
def registration_token() -> None:
    """Tokens with which applications register themselves (RFC 7591)."""


@registration_token.command("create")
@click.option("--policy", default="sandbox", show_default=True, help=f"The most that may be registered: {', '.join(POLICIES)}.")
@click.option("--government", help="Code of the government whose people the clients admit.")
@click.option("--uses", type=int, default=1, show_default=True, help="How many clients may be registered with it.")
@click.option("--expires", "days", type=int, default=30, show_default=True, help="Days until it ends; 0 for never.")
@click.option("--resource", "resources", multiple=True, metavar="URI", help="API the clients may ask tokens for; repeatable.")
@json_option
def create_command(policy: str, government: str | None, uses: int, days: int, resources: tuple[str, ...], as_json: bool) -> None:
    """Make an initial access token; it is printed once."""
    with open_services() as services:
        made, text = services.registry.registration.create_token(
            OPERATOR, policy=policy, government=government, uses=uses, days=days or None, resources=resources
        )
        endpoint = services.deps.conf.url("/register")
    emit({"id": made.id, "initial_access_token": text, "registration_endpoint": endpoint} | _shown(made), as_json)


@registration_token.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """Every initial access token, never its text."""
    with open_services() as services:
        found = services.registry.registration.tokens()
    emit([{"id": one.id} | _shown(one) for one in found], as_json)


@registration_token.command("revoke")
@click.argument("token_id", metavar="ID")
@click.option("--disable-clients", is_flag=True, help="Also disable every client that was registered with it.")
@json_option
def revoke_command(token_id: str, disable_clients: bool, as_json: bool) -> None:
    """Let nobody register with this token any more."""
    with open_services() as services:
        disabled = services.registry.registration.revoke_token(OPERATOR, token_id, disable_clients=disable_clients)
    emit({"id": token_id, "disabled_clients": disabled}, as_json)


def _shown(token: InitialToken) -> dict[str, Any]:
    return {
        "policy": token.policy.name,
        "government": token.government_code,
        "resources": [*token.resources],
        "uses": token.uses,
        "used": token.used,
        "expires_at": token.expires_at.isoformat(timespec="seconds") if token.expires_at else None,
        "revoked_at": token.revoked_at.isoformat(timespec="seconds") if token.revoked_at else None,
    }
