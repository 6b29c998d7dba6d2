"""Certificates of clients, from an authority of the test's own."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from joserfc.jwk import ECKey

AS_CLIENT, AS_SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
_YEAR = timedelta(days=365)


class Held:
    """A certificate with its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate, self.key = certificate, key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def thumbprint(self) -> str:
        return urlsafe_b64encode(sha256(self.der).digest()).rstrip(b"=").decode()

    @property
    def header(self) -> dict[str, str]:
        """As nginx hands it on (`$ssl_client_escaped_cert`)."""
        return {"X-Client-Certificate": quote(self.pem, safe="")}

    def jwks(self, *, whole: bool = True) -> dict[str, Any]:
        """The JWK Set in which a client registers it: the certificate (x5c), or its thumbprint alone."""
        public = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        key = ECKey.import_key(public).as_dict(private=False)
        return {"keys": [key | ({"x5c": [b64encode(self.der).decode()]} if whole else {"x5t#S256": self.thumbprint})]}


class Authority(Held):
    """Issues certificates that begin an hour before `now`."""

    def __init__(self, now: datetime, name: str = "CN=Test authority,O=Test,C=ID") -> None:
        self.now, key = now, ec.generate_private_key(ec.SECP256R1())
        names = x509.Name.from_rfc4514_string(name)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = (
            _builder(names, names, key.public_key(), now).add_extension(x509.BasicConstraints(True, 0), True).add_extension(usage, True)
        )
        known = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        super().__init__(builder.add_extension(known, False).sign(key, SHA256()), key)

    def issue(
        self, name: str = "CN=app,C=ID", names: Sequence[x509.GeneralName] = (), *, use: Any = AS_CLIENT, life: timedelta = _YEAR
    ) -> Held:
        """A certificate for a client, or (`use`) for a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name.from_rfc4514_string(name)
        builder = _builder(subject, self.certificate.subject, key.public_key(), self.now, life).add_extension(
            x509.ExtendedKeyUsage([use]), False
        )
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        return Held(builder.sign(self.key, SHA256()), key)


def self_signed(now: datetime, life: timedelta = _YEAR) -> Held:
    """A certificate that nobody vouches for."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=self")
    return Held(_builder(name, name, key.public_key(), now, life).sign(key, SHA256()), key)


def _builder(subject: Any, issuer: Any, key: Any, now: datetime, life: timedelta = _YEAR) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key).serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + life)
