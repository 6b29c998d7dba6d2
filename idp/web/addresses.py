"""Where a request comes from: the address of the other end, or what proxies that we trust say of it (attack P4)."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address


def is_trusted(address: str | None, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    """True for the address of a proxy of ours; False for anything that is no address."""
    try:
        number = ip_address(address or "")
    except ValueError:
        return False
    return any(number in network for network in trusted)


def source(peer: str | None, forwarded: str, trusted: Sequence[IPv4Network | IPv6Network]) -> str | None:
    """The address of the person's or client's end.

    peer: the connection's other end; forwarded: X-Forwarded-For, read from the right and only as far as `trusted` proxies
    wrote it.
    """
    if not trusted:
        return peer  # as the operating system says it
    hops = [part.strip() for part in forwarded.split(",")]
    current = peer
    while current is not None:
        try:
            address = ip_address(current)
        except ValueError:
            return None
        if not any(address in network for network in trusted) or not hops:
            return str(address)
        candidate = hops.pop()
        try:
            ip_address(candidate)
        except ValueError:
            return str(address)  # an unreadable hop: the last address we know is the source
        current = candidate
    return None
