"""Whom a token is bound to: a DPoP key (RFC 9449), a client certificate (RFC 8705), both or nobody.

`at_token` is asked once a token request, where the client is authenticated, and puts its answer on the desk; access tokens
take it from there, so no grant can forget it. `at_resource` is asked where a token is used at one of our own endpoints.
"""

from dataclasses import dataclass
from typing import Any

from idp.clients.snapshot import ClientSnapshot


@dataclass(frozen=True, slots=True)
class Sender:
    """The keys that were proved. headers: what the answer carries besides (the next nonce)."""

    jkt: str | None = None
    x5t: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def confirmation(self) -> dict[str, str]:
        """The `cnf` claim (RFC 7800 section 3.1); empty for a bearer token."""
        return {name: value for name, value in (("jkt", self.jkt), ("x5t#S256", self.x5t)) if value is not None}

    @property
    def token_type(self) -> str:
        """RFC 9449 section 5; a token bound to a certificate stays a bearer token (RFC 8705 section 3)."""
        return "Bearer" if self.jkt is None else "DPoP"

    @property
    def key(self) -> str | None:
        """What a grant is bound to: the name of the key as `grants.bound_to` holds it."""
        if self.jkt is not None:
            return name_of_key(self.jkt)
        return None if self.x5t is None else f"x5t:{self.x5t}"


NOBODY = Sender()


def name_of_key(thumbprint: str | None) -> str | None:
    """How `grants.bound_to` names a DPoP key."""
    return None if thumbprint is None else f"jkt:{thumbprint}"


def token_type(claims: dict[str, Any]) -> str:
    """The type of a token with these claims."""
    confirmation = claims.get("cnf")
    return "DPoP" if isinstance(confirmation, dict) and "jkt" in confirmation else "Bearer"


def wrong_key(client: ClientSnapshot, bound_to: str | None, sender: Sender) -> bool:
    """True when a refresh token is presented without its key: those of public clients are bound to theirs (RFC 9449 section 5).

    A confidential client is known by its authentication, and may change its key.
    """
    return client.public and bound_to is not None and bound_to != sender.key
