"""The client certificate of a connection (RFC 8705): from the TLS socket, or from a header that only our own proxy may write."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from idp.protocol.request import no_certificate
from idp.settings import Settings
from idp.web.addresses import is_trusted

_LONGEST = 16_384


def peer_certificate(environ: Mapping[str, Any], settings: Settings) -> bytes | None:
    """The certificate of the other end in DER, or None. The header counts only from IDP_TRUSTED_PROXIES (attack P4).

    Without a proxy it is that of the connection itself, which gunicorn hands over (`idp serve --tls-certificate`); no header becomes
    an environment name without ``HTTP_`` in front.
    """
    name = settings.client_certificate_header
    if name is not None and is_trusted(environ.get("REMOTE_ADDR"), settings.trusted_proxies):
        return _read(environ.get("HTTP_" + name.upper().replace("-", "_"), ""))
    find = getattr(environ.get("gunicorn.socket"), "getpeercert", None)
    return find(True) if find is not None else None


def certificate_of(environ: Mapping[str, Any], settings: Settings) -> Callable[[], bytes | None]:
    """How a request's certificate is found by whoever needs it; where none can reach us, there is nothing to look at."""
    return partial(peer_certificate, environ, settings) if settings.mutual_tls else no_certificate


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
