"""RFC 8707 - Resource indicators.  https://www.rfc-editor.org/rfc/rfc8707

§2    resource: an absolute URI, no fragment   at_authorize
§2.1  at the authorization endpoint            at_authorize
§2.2  the token's audience                     at_token
Tighter than the RFC: a client may name only the resources it is registered for, and the provider itself; without
`resource` the audience is the provider (userinfo), and a token for another audience does not open userinfo.
"""

from typing import Any

from idp.clients.snapshot import ClientSnapshot
from idp.protocol.conf import Conf
from idp.protocol.errors import ProtocolError

SPEC = "RFC 8707"
_MOST = 10


def metadata(conf: Conf) -> dict[str, Any]:
    """The RFC defines no member."""
    del conf
    return {}


def at_authorize(conf: Conf, client: ClientSnapshot, named: tuple[str, ...]) -> tuple[str, ...]:
    """The resources a request asks for, checked; empty when it names none (section 2)."""
    if len(named) > _MOST:
        raise ProtocolError("invalid_target", "too many resources")
    if not all(_may_name(conf, client, resource) for resource in named):
        raise ProtocolError("invalid_target", "the resource is not one that this client is registered for")
    return tuple(dict.fromkeys(named))


def check_named(conf: Conf, client: ClientSnapshot, named: tuple[str, ...]) -> None:
    """Refuse what this client can never name, before a code is spent on it: a mistake must not look like a code used twice."""
    if named:
        at_authorize(conf, client, named)


def at_token(conf: Conf, client: ClientSnapshot, granted: tuple[str, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    """The audience of an access token: what is named now, within what was granted (section 2.2) and still is registered."""
    whole = tuple(resource for resource in granted or (conf.issuer,) if _may_name(conf, client, resource))
    if not whole or not set(named) <= set(whole):
        raise ProtocolError("invalid_target", "the resource was not granted, or the client is not registered for it any more")
    return tuple(dict.fromkeys(named)) or whole


def at_client_credentials(conf: Conf, client: ClientSnapshot, named: tuple[str, ...]) -> tuple[str, ...]:
    """The audience of a client's own token: what is named, else its one registered resource, else the provider (section 2)."""
    if named:
        return at_authorize(conf, client, named)
    return client.resources if len(client.resources) == 1 else (conf.issuer,)


def _may_name(conf: Conf, client: ClientSnapshot, resource: str) -> bool:
    """Compared as a string: registration let only absolute URIs without a fragment in."""
    return resource == conf.issuer or resource in client.resources
