"""Which addresses a client may give us to call: pure rules, asked at registration and again at each fetch.

A name is judged again by the numbers it resolves to, when it is fetched (idp.clients.fetch).
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

from idp.kernel.urls import URI_CHARACTERS, is_loopback

Network = IPv4Network | IPv6Network
_LOOPBACK = IPv4Address("127.0.0.1")


def call_problem(uri: str, allowed: Iterable[Network]) -> str | None:
    """Why we would never call `uri`, or None (ASVS 13.2.4; attacks X1).

    https to a public address or an allowed network; http on loopback only, and only when loopback is allowed.
    """
    if len(uri) > 2000 or not URI_CHARACTERS.fullmatch(uri):
        return "it has a space, a control, a backslash or another character that no URI has, or is longer than 2,000"
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it cannot be parsed"
    if "#" in uri or "@" in parts.netloc:
        return "it has a fragment or user information"
    if not host or port == 0:
        return "it has no host"
    loopback = is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        return "it is not https"
    networks = tuple(allowed)
    if loopback:
        number = _LOOPBACK if host == "localhost" else ip_address(host)
        return None if _within(number, networks) else "it is on loopback, which IDP_ALLOWED_NETWORKS does not name"
    return _number_problem(host, networks)


def reachable(address: IPv4Address | IPv6Address, allowed: Iterable[Network]) -> bool:
    """True when client-given addresses may lead to this number: a public one, or one of an allowed network.

    IPv4 inside IPv6 is judged as IPv4; what translates to IPv4 elsewhere (NAT64, 6to4) is not public.
    """
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    number = mapped or address
    if _within(number, allowed):
        return True
    return number.is_global and not number.is_multicast and not _within(number, EXTRA_BLOCKED_NET_RANGES)


def _number_problem(host: str, networks: tuple[Network, ...]) -> str | None:
    try:
        number = ip_address(host)
    except ValueError:
        # "127.1", "0x7f.1" and "2130706433" are numbers to a resolver; a name's last label always has a letter.
        last = host.rstrip(".").rsplit(".", 1)[-1]
        return "its host is a number in disguise" if last.isdigit() or last.startswith("0x") else None
    if reachable(number, networks):
        return None
    return "it is at a private address that IDP_ALLOWED_NETWORKS does not name"


def _within(address: IPv4Address | IPv6Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
