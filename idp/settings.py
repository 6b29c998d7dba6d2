"""Settings from the environment (prefix `IDP_`), each secret also as a file; unsafe combinations refuse to start.

Owns every operator-set value. Nothing below this floor reads the environment; rooms are handed plain values.
"""

import os
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_pem_x509_certificates
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from idp.audit.classes import Class
from idp.jobs.collector import read_address
from idp.kernel.domains import covers
from idp.kernel.sealing import decode_key
from idp.kernel.urls import is_loopback

Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode]
_FILE_FIELDS = ("secret_key", "data_keys", "database_url", "redis_url", "smtp_url", "metrics_token")


class UnsafeSettings(Exception):
    """The configuration is missing a value or combines values that are not safe; the message says which."""


class Settings(BaseSettings):
    """Every setting with its default; read `docs/operators.md` for what each does."""

    model_config = SettingsConfigDict(env_prefix="IDP_", frozen=True, extra="ignore")

    issuer: str
    database_url: str = "sqlite:///var/idp.db"
    redis_url: str | None = None
    secret_key: str
    data_keys: Annotated[tuple[str, ...], NoDecode]
    smtp_url: str | None = None
    mail_from: str = "sso@localhost"
    trusted_proxies: Networks = ()
    allowed_networks: Networks = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"
    metrics_token: str | None = None
    dpop_nonces: bool = False
    client_certificate_header: str | None = Field(None, pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")
    client_ca_file: Path | None = None
    mtls_origin: str | None = None

    argon2_memory_kib: int = Field(19456, ge=8)
    argon2_time_cost: int = Field(2, ge=1)
    argon2_parallelism: int = Field(1, ge=1)
    hash_concurrency: int = Field(0, ge=0)
    hash_queue_seconds: float = Field(1.0, gt=0, le=10)
    password_min_length: int = Field(12, ge=8, le=64)
    password_min_length_single: int = Field(15, ge=8, le=64)
    password_blocklist_file: Path | None = None
    password_max_age_days: int = Field(0, ge=0)

    session_idle_minutes: int = Field(60, ge=1)
    session_absolute_hours: int = Field(12, ge=1, le=24 * 30)
    session_limit: int = Field(0, ge=0, le=1000)
    geo_database: Path | None = None
    security_contact: str | None = None
    personnel_contact: str | None = None
    sign_in_minutes: int = Field(10, ge=2, le=60)
    code_seconds: int = Field(60, ge=5, le=60)
    access_token_seconds: int = Field(300, ge=30, le=300)
    id_token_seconds: int = Field(300, ge=30, le=3600)
    refresh_idle_days: int = Field(14, ge=1)
    refresh_absolute_days: int = Field(30, ge=1)
    link_minutes: int = Field(60, ge=5, le=60)
    activation_days: int = Field(7, ge=1, le=30)
    remember_device_days: int = Field(0, ge=0, le=30)
    suggest_second_factor: bool = False
    passkey_rp_id: str | None = None
    agency_code_hours: int = Field(24, ge=1, le=72)
    cooling_hours: int = Field(24, ge=0, le=24 * 14)
    help_limit_per_hour: int = Field(30, ge=1, le=1000)
    help_contact: str = Field("", max_length=300)
    help_contacts: dict[str, str] = {}
    rsa_key_bits: int = Field(3072, ge=2048, le=8192)
    default_demand: Literal["none", "any", "totp", "phishing_resistant"] = "none"
    installation_name: str = "SSO Sumatera Utara"
    accent_color: str = Field("#0b5d4e", pattern=r"^#[0-9a-fA-F]{6}$")
    audit_online_months: int = Field(12, ge=1)
    audit_retention_days: dict[Class, Annotated[int, Field(ge=0)]] = {}
    audit_syslog_url: str | None = None
    audit_syslog_ca_file: Path | None = None

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("trusted_proxies", "allowed_networks", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        return tuple(ip_network(part) for part in _words(value)) if isinstance(value, str) else value

    @field_validator("data_keys", mode="before")
    @classmethod
    def _keys(cls, value: Any) -> Any:
        return tuple(_words(value)) if isinstance(value, str) else value

    @field_validator(
        "redis_url", "smtp_url", "metrics_token", "geo_database", "security_contact", "personnel_contact", "client_certificate_header",
        "client_ca_file", "mtls_origin", "passkey_rp_id", "audit_syslog_url", "audit_syslog_ca_file", mode="before",
    )  # fmt: skip
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return value or None

    @field_validator("audit_syslog_url")
    @classmethod
    def _collector_is_an_address(cls, value: str | None) -> str | None:
        if value is not None:
            read_address(value)
        return value

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
            raise ValueError("IDP_ISSUER must be an https URL such as https://sso.sumutprov.go.id")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("IDP_ISSUER must have no path, query or fragment")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("IDP_ISSUER must be https; http is allowed for localhost only")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @field_validator("secret_key")
    @classmethod
    def _secret_is_long(cls, value: str) -> str:
        if len(value) < 32 or len(set(value)) < 8:
            raise ValueError("IDP_SECRET_KEY must be at least 32 unpredictable characters")
        return value

    @field_validator("data_keys")
    @classmethod
    def _data_keys_are_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("IDP_DATA_KEYS must hold at least one key of 32 bytes in base64, newest first")
        for text in value:
            try:
                raw = decode_key(text)
            except ValueError as error:
                raise ValueError("each of IDP_DATA_KEYS must be 32 bytes in base64") from error
            if len(set(raw)) < 8:
                raise ValueError("a key in IDP_DATA_KEYS is predictable; make one with `openssl rand -base64 32`")
        return value

    @model_validator(mode="after")
    def _safe_together(self) -> "Settings":
        scheme = urlsplit(self.database_url).scheme
        if scheme not in ("sqlite", "postgresql+psycopg"):
            raise ValueError("IDP_DATABASE_URL must start with sqlite:/// or postgresql+psycopg://")
        if self.https and self.argon2_memory_kib < 19456:
            raise ValueError("IDP_ARGON2_MEMORY_KIB below 19456 is allowed for localhost only")
        if self.smtp_url and urlsplit(self.smtp_url).scheme not in ("smtp", "smtps", "maildir"):
            raise ValueError("IDP_SMTP_URL must start with smtp://, smtps:// or maildir:")
        if any(network.prefixlen == 0 for network in self.trusted_proxies):
            raise ValueError("IDP_TRUSTED_PROXIES must not trust every address")
        if self.client_certificate_header and not self.trusted_proxies:
            raise ValueError("IDP_CLIENT_CERTIFICATE_HEADER needs IDP_TRUSTED_PROXIES: from anybody else the header would be a lie")
        if self.mtls_origin and (urlsplit(self.mtls_origin).scheme != "https" or self.mtls_origin.count("/") != 2):
            raise ValueError("IDP_MTLS_ORIGIN must be an https origin such as https://mtls.sso.sumutprov.go.id, without a path")
        if self.client_ca_file is not None and not self.client_issuers:
            raise ValueError("IDP_CLIENT_CA_FILE must be a readable file of certificates (PEM)")
        if any(0 < days < self.audit_online_months * 31 for days in self.audit_retention_days.values()):
            raise ValueError("IDP_AUDIT_RETENTION_DAYS must not be shorter than IDP_AUDIT_ONLINE_MONTHS (31 days each)")
        if not covers(self.relying_party_id, urlsplit(self.issuer).hostname or ""):
            raise ValueError(
                "IDP_PASSKEY_RP_ID must be the host of IDP_ISSUER or a domain of your own above it, such as sumutprov.go.id for "
                "https://sso.sumutprov.go.id: not a registry's (go.id), an address or a URL"
            )
        if any(network.prefixlen == 0 for network in self.allowed_networks):
            raise ValueError("IDP_ALLOWED_NETWORKS must not allow every address")
        if self.https and self.mail_from.endswith("@localhost") and self.smtp_url:
            raise ValueError("IDP_MAIL_FROM must be set to an address of your own when IDP_SMTP_URL is")
        return self

    @property
    def https(self) -> bool:
        """True when the provider is reached over TLS; decides cookie names and flags."""
        return self.issuer.startswith("https://")

    @property
    def relying_party_id(self) -> str:
        """The domain that passkeys are bound to (WebAuthn Level 3, section 4: RP ID); the issuer's host unless set."""
        return self.passkey_rp_id or urlsplit(self.issuer).hostname or ""

    @property
    def mutual_tls(self) -> bool:
        """True when client certificates can reach us, through a proxy's header or directly (RFC 8705)."""
        return any(one is not None for one in (self.client_certificate_header, self.client_ca_file, self.mtls_origin))

    @property
    def audit_retention(self) -> dict[Class, int]:
        """How many days each class of events is kept; a class that is kept for ever (0) is left out. Five years when nothing is set."""
        days = dict.fromkeys(Class, max(1826, self.audit_online_months * 31)) | self.audit_retention_days
        return {kind: count for kind, count in days.items() if count}

    @cached_property
    def raw_data_keys(self) -> tuple[bytes, ...]:
        """The data keys as bytes, newest first."""
        return tuple(decode_key(text) for text in self.data_keys)

    @cached_property
    def client_issuers(self) -> tuple[Certificate, ...]:
        """The certificates of IDP_CLIENT_CA_FILE; empty when it is not set or cannot be read."""
        if self.client_ca_file is None:
            return ()
        try:
            return tuple(load_pem_x509_certificates(self.client_ca_file.read_bytes()))
        except (OSError, ValueError):
            return ()

    @classmethod
    def from_env(cls) -> "Settings":
        """Read the environment and `…_FILE`s; raises UnsafeSettings with one clear line a problem."""
        given: dict[str, Any] = {}
        for name in _FILE_FIELDS:
            path = os.environ.get(f"IDP_{name.upper()}_FILE")
            if not path:
                continue
            if os.environ.get(f"IDP_{name.upper()}"):
                raise UnsafeSettings(f"IDP_{name.upper()} and IDP_{name.upper()}_FILE are both set; keep one")
            try:
                given[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise UnsafeSettings(f"IDP_{name.upper()}_FILE cannot be read: {error.strerror}") from error
        try:
            return cls(**given)
        except SettingsError as error:
            # Raised before any check, for a value that should be JSON; it says the field's name in quotes.
            name = str(error).split('"')[1] if '"' in str(error) else "settings"
            raise UnsafeSettings(f"IDP_{name.upper()} is not JSON") from None
        except ValidationError as error:
            raise UnsafeSettings("\n".join(_problem(detail) for detail in error.errors())) from None


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _problem(detail: Any) -> str:
    name = "IDP_" + str(detail["loc"][0]).upper() if detail["loc"] else ""
    if detail["type"] == "missing":
        return f"{name} is not set"
    message = str(detail["msg"]).removeprefix("Value error, ")
    # The value itself is never repeated: it may be a secret.
    return message if not name or name in message else f"{name}: {message}"
