"""Domain names: which one may stand for a host, so that what is bound to it is ours alone. Pure."""

import re
from ipaddress import ip_address

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
# Under a country's domain, names that its registry hands out names below: whoever has one of those shares nothing with its
# neighbours. Those of .id (PANDI), and what other countries commonly call them. Browsers know the whole list (publicsuffix.org) and
# refuse the rest; this is so that a mistake is told at the start and not by a phone.
_REGISTRIES = frozenset({
    "ac", "biz", "co", "com", "desa", "edu", "go", "gob", "gouv", "gov", "govt", "gv", "id", "info", "k12", "kop", "ltd", "me", "mil",
    "my", "name", "ne", "net", "nom", "or", "org", "plc", "ponpes", "sch", "school", "web",
})  # fmt: skip


def is_registrable(domain: str) -> bool:
    """True for a name that one organisation can hold: ``sumutprov.go.id``, not ``go.id``, ``id``, an address or a bare word."""
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > 253 or not all(_LABEL.match(label) for label in labels) or _is_address(domain):
        return False
    return not (len(labels) == 2 and len(labels[-1]) == 2 and labels[0] in _REGISTRIES)


def covers(domain: str, host: str) -> bool:
    """True when `domain` is `host`, or a registrable domain above it (HTML, section 7.1.1.1: registrable domain suffix)."""
    return domain == host or (is_registrable(domain) and not _is_address(host) and host.endswith("." + domain))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
