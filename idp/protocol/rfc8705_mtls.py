"""RFC 8705 - Mutual TLS.  https://www.rfc-editor.org/rfc/rfc8705

§2.1  tls_client_auth: chain and subject        authenticate
§2.2  self_signed_tls_client_auth: in the JWKS  authenticate
§3.1  `cnf` of a certificate-bound token        at_token
§3    the same certificate at userinfo          at_resource
§5    aliases of endpoints                      aliases
Where the certificate comes from is the web floor's business; here it is DER or nothing.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.x509 import verification as chains

from idp.clients.snapshot import ClientSnapshot
from idp.clients.tls_subject import holds, says
from idp.kernel.randomness import same
from idp.protocol.conf import Conf
from idp.protocol.errors import ProtocolError
from idp.protocol.request import OAuthRequest

SPEC = "RFC 8705"
METHODS = ("tls_client_auth", "self_signed_tls_client_auth")
_PLACES = ("token_endpoint", "introspection_endpoint", "revocation_endpoint")


def metadata(conf: Conf) -> dict[str, Any]:
    """Sections 2.1.1 and 3.3; nothing where no client certificate can reach us."""
    if not conf.mutual_tls:
        return {}
    methods = {f"{place}_auth_methods_supported": list(METHODS) for place in _PLACES}
    return methods | {"tls_client_certificate_bound_access_tokens": True}


def aliases(conf: Conf, document: dict[str, Any]) -> dict[str, Any]:
    """`mtls_endpoint_aliases` of the endpoints in a metadata document, where another host asks for certificates (section 5)."""
    if not conf.mutual_tls or conf.mtls_origin == conf.issuer:
        return {}
    machine = ("token", "userinfo", "introspection", "revocation", "pushed_authorization_request", "device_authorization")
    names = [f"{name}_endpoint" for name in machine if f"{name}_endpoint" in document]
    return {"mtls_endpoint_aliases": {name: document[name].replace(conf.issuer, conf.mtls_origin, 1) for name in names}}


def authenticate(request: OAuthRequest, client: ClientSnapshot) -> str | None:
    """Why the certificate of this connection does not prove `client`, or None (sections 2.1 and 2.2)."""
    der = request.peer_certificate()
    certificate = _read(der)
    if der is None or certificate is None:
        return "no_certificate"
    now = request.desk.clock.now()
    if client.auth_method == "self_signed_tls_client_auth":
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return "certificate_expired"
        if client.jwks_uri is not None:
            request.desk.ledger.settle()  # its server may take seconds: no transaction waits for it
        return None if holds(request.desk.client_keys.of(client) or {}, der, thumbprint(der)) else "certificate_unknown"
    if not _chained(certificate, request.desk.conf.client_issuers, now):
        return "certificate_chain"
    return None if says(certificate, client.tls_subject_type or "", client.tls_subject or "") else "certificate_subject"


def at_token(request: OAuthRequest, client: ClientSnapshot) -> str | None:
    """The thumbprint that an access token will be bound to; None for clients that do not want it (section 3.4)."""
    if not client.certificate_bound:
        return None
    der = request.peer_certificate()
    if der is None:
        raise ProtocolError("invalid_request", "this client's tokens are bound to a certificate: connect with the client certificate")
    return thumbprint(der)


def at_resource(request: OAuthRequest, expected: str) -> None:
    """The connection has the certificate the token is bound to; raises ProtocolError `invalid_token` (section 3)."""
    der = request.peer_certificate()
    if der is None or not same(thumbprint(der), expected):
        raise ProtocolError("invalid_token", "the access token is bound to the certificate of another connection")


def thumbprint(der: bytes) -> str:
    """`x5t#S256` of a certificate (section 3.1)."""
    return urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def _read(der: bytes | None) -> x509.Certificate | None:
    try:
        return None if der is None else x509.load_der_x509_certificate(der)
    except ValueError:
        return None


def _chained(certificate: x509.Certificate, issuers: Sequence[x509.Certificate], now: datetime) -> bool:
    """True when one of our issuers signed the certificate, directly or through none else, for the use of TLS clients, and it is in time.

    The connection's intermediates do not reach us through a proxy, so an intermediate authority stands among the issuers itself.
    """
    if not issuers:
        return False
    # Subjects are compared by `says`; a certificate without alternative names is as good as one with.
    leaf = chains.ExtensionPolicy.webpki_defaults_ee().may_be_present(x509.SubjectAlternativeName, chains.Criticality.AGNOSTIC, None)
    builder = chains.PolicyBuilder().store(chains.Store([*issuers])).time(now).max_chain_depth(0)
    policies = builder.extension_policies(ca_policy=chains.ExtensionPolicy.webpki_defaults_ca(), ee_policy=leaf)
    try:
        policies.build_client_verifier().verify(certificate, [])
    except (chains.VerificationError, x509.UnsupportedGeneralNameType, ValueError):
        return False
    return True
