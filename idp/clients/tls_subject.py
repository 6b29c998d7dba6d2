"""How a client is known by its certificate: the five subjects of RFC 8705 section 2.1.2, and certificates in a JWK Set (2.2.2).

Pure: what may be registered, and whether a certificate says what was registered.
"""

from base64 import b64decode
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from cryptography import x509

from idp.kernel.randomness import same

METADATA_NAMES = {
    "dn": "tls_client_auth_subject_dn",
    "dns": "tls_client_auth_san_dns",
    "uri": "tls_client_auth_san_uri",
    "ip": "tls_client_auth_san_ip",
    "email": "tls_client_auth_san_email",
}
_GENERAL_NAMES: dict[str, Any] = {"dns": x509.DNSName, "uri": x509.UniformResourceIdentifier, "email": x509.RFC822Name}
_LONGEST = 1000


def subject_problem(kind: str, value: str) -> str | None:
    """Why a certificate's subject cannot be registered, or None."""
    if kind not in METADATA_NAMES:
        return f"there is no kind of subject {kind!r}; there are {', '.join(METADATA_NAMES)}"
    if not value or len(value) > _LONGEST or not value.isprintable():
        return f"the subject of a certificate has 1 to {_LONGEST} printable characters"
    try:
        if kind == "dn":
            return None if list(x509.Name.from_rfc4514_string(value)) else "the subject of the certificate is empty"
        if kind == "ip":
            ip_address(value)
        else:
            _GENERAL_NAMES[kind](value)
    except (ValueError, TypeError):
        example = {"dn": "CN=app,O=Dinas Kominfo,C=ID (RFC 4514)", "ip": "203.0.113.7"}.get(kind, "plain ASCII")
        return f"{value[:100]!r} is not what a certificate can say there; write it like {example}"
    return None


def says(certificate: x509.Certificate, kind: str, value: str) -> bool:
    """True when the certificate's subject, or one of its alternative names of this kind, is exactly `value`."""
    if kind == "dn":
        return certificate.subject == x509.Name.from_rfc4514_string(value)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    if kind == "ip":
        return ip_address(value) in names.get_values_for_type(x509.IPAddress)
    found: list[str] = names.get_values_for_type(_GENERAL_NAMES[kind])
    # A host name has no case (RFC 4343); nothing else is folded.
    return value.lower() in [name.lower() for name in found] if kind == "dns" else value in found


def certificates_problem(jwks: Mapping[str, Any]) -> str | None:
    """Why no certificate can be recognised by this JWK Set, or None: at least one key needs `x5c` or `x5t#S256`."""
    if any(_first(key) is not None or isinstance(key.get("x5t#S256"), str) for key in jwks["keys"]):
        return None
    return "self_signed_tls_client_auth needs the certificate in the JWK Set, as x5c or x5t#S256 of a key"


def holds(jwks: Mapping[str, Any], der: bytes, thumbprint: str) -> bool:
    """True when a key of the JWK Set carries this certificate, as a whole or by its SHA-256 thumbprint (RFC 8705 section 2.2)."""
    keys = [key for key in jwks.get("keys", ()) if isinstance(key, dict)]
    named = (key.get("x5t#S256") for key in keys)
    return any(_first(key) == der for key in keys) or any(isinstance(one, str) and same(one.encode(), thumbprint.encode()) for one in named)


def whole_certificates(jwks: Mapping[str, Any]) -> list[bytes]:
    """The certificates (DER, unread) that stand in a JWK Set as a whole."""
    return [der for key in jwks.get("keys", ()) if (der := _first(key)) is not None]


def _first(key: Any) -> bytes | None:
    chain = key.get("x5c") if isinstance(key, dict) else None
    try:
        return b64decode(chain[0], validate=True) if isinstance(chain, list) and chain and isinstance(chain[0], str) else None
    except ValueError:
        return None
