"""RFC 8707 - Resource indicators.  https://www.rfc-editor.org/rfc/rfc8707

§2    resource: an absolute URI, no fragment   at_authorize
§2.2  the token's audience                     at_token
Tighter than the RFC: a client whose registration lists audiences may name only those; without `resource`
the audience is the provider itself (userinfo), and a token for another audience does not open userinfo.
"""

from typing import Any
from urllib.parse import urlsplit

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
    for resource in named:
        if resource == conf.issuer:
            continue
        if not _is_absolute(resource) or (client.audience and resource not in client.audience):
            raise ProtocolError("invalid_target", "the resource is not an absolute URI that this client may ask for")
    return tuple(dict.fromkeys(named))


def at_token(conf: Conf, granted: tuple[str, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    """The audience of an access token: what is named now, within what was granted (section 2.2)."""
    whole = granted or (conf.issuer,)
    if not set(named) <= set(whole):
        raise ProtocolError("invalid_target", "the resource was not granted")
    return tuple(dict.fromkeys(named)) or whole


def _is_absolute(resource: str) -> bool:
    if len(resource) > 1000 or "#" in resource or not resource.isascii() or not resource.isprintable() or " " in resource:
        return False
    try:
        parts = urlsplit(resource)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.netloc or parts.path)
