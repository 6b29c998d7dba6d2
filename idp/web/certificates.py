"""The client certificate of a connection (RFC 8705): from the TLS socket, or from a header that only our own proxy may write."""

from base64 import b64decode
from ipaddress import ip_address
from urllib.parse import unquote

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from flask import Request

from idp.settings import Settings

_LONGEST = 16_384


def peer_certificate(incoming: Request, settings: Settings) -> bytes | None:
    """The certificate of the other end in DER, or None. The header counts only from IDP_TRUSTED_PROXIES (ASVS 13.2.x)."""
    name = settings.client_certificate_header
    if name is not None and _from_proxy(incoming.remote_addr, settings):
        return _read(incoming.headers.get(name, ""))
    find = getattr(incoming.environ.get("gunicorn.socket"), "getpeercert", None)
    return find(True) if find is not None else None


def needs_certificate(settings: Settings) -> bool:
    """True where client certificates can reach us: then a machine request must be served with its connection at hand."""
    return settings.mutual_tls


def _from_proxy(address: str | None, settings: Settings) -> bool:
    try:
        number = ip_address(address or "")
    except ValueError:
        return False
    return any(number in network for network in settings.trusted_proxies)


def _read(value: str) -> bytes | None:
    """nginx's `$ssl_client_escaped_cert` (PEM, percent-encoded), or the form of RFC 9440 (``:base64:``)."""
    if not value or len(value) > _LONGEST:
        return None
    try:
        if value.startswith(":") and value.endswith(":"):
            return b64decode(value[1:-1], validate=True)
        return load_pem_x509_certificate(unquote(value).encode()).public_bytes(Encoding.DER)
    except ValueError:
        return None
