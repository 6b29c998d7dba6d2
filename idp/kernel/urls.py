"""URL rules: what may be registered as a redirect target, exact match, safe local paths."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

# A percent sign hides a delimiter from one reader and shows it to another; the rest would end a directive of a policy header.
URI_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")  # RFC 3986 section 2
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9._~:\[\]-]*")


def redirect_uri_problem(uri: str) -> str | None:  # noqa: PLR0911 - a list of rules, each with its sentence
    """Why `uri` may not be registered as a redirect URI, or None (RFC 6749 section 3.1.2, RFC 9700 section 2.1, RFC 8252).

    Allowed: https anywhere, http on loopback only, and private-use schemes with a dot (RFC 8252 section 7.1).
    """
    if len(uri) > 2000 or not URI_CHARACTERS.fullmatch(uri):
        return "it has a space, a control, a backslash or another character that no URI has, or is longer than 2,000"
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it cannot be parsed"
    del port
    if "#" in uri:
        return "it has a fragment"
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return "it has user information before the host"
    if "*" in uri:
        return "it has a wildcard"
    if not _HOST_AND_PORT.fullmatch(parts.netloc):
        return "its host has a character that no host has"
    if any(segment in (".", "..", "%2e", "%2e%2e") for segment in parts.path.lower().split("/")):
        return "its path has dot segments"
    if parts.scheme == "https":
        return None if host else "it has no host"
    if parts.scheme == "http":
        return None if host and is_loopback(host) else "http is allowed on loopback only"
    if "." in parts.scheme and not parts.netloc:
        return None
    return "its scheme is not allowed"


def is_loopback(host: str) -> bool:
    """True for localhost and loopback IP literals."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def redirect_matches(registered: str, asked: str) -> bool:
    """Exact string comparison; only a loopback IP literal may differ by port (RFC 8252 section 7.3)."""
    if registered == asked:
        return True
    try:
        one, other = urlsplit(registered), urlsplit(asked)
        if one.scheme != "http" or other.scheme != "http" or "@" in other.netloc or other.port is None:
            return False
        host = one.hostname or ""
        if host == "localhost" or not is_loopback(host) or other.hostname != host:
            return False
        bare = f"[{host}]" if ":" in host else host
        if other.netloc != f"{bare}:{other.port}":
            return False
    except ValueError:
        return False
    return urlunsplit(other._replace(netloc=one.netloc)) == registered and asked.startswith("http://")


def origin_of(uri: str) -> str | None:
    """``scheme://host[:port]`` of an http(s) URI, as a browser sends it in Origin; None for other schemes."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}"


def local_path(value: str | None, fallback: str = "/") -> str:
    """`value` when it is a plain path of our own, else `fallback`; never another origin (ASVS 3.7.2)."""
    if not value or not value.startswith("/") or value[1:2] in ("/", "\\") or len(value) > 2000:
        return fallback
    if any(ord(character) < 0x21 or character == "\\" for character in value):
        return fallback
    return value
