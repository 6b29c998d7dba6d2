"""An application as the rest of the house sees it: frozen, read once, safe to keep between requests."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from idp.kernel.randomness import digest, same
from idp.kernel.urls import redirect_matches


@dataclass(frozen=True, slots=True)
class SecretDigest:
    """One live secret: its SHA-256, and when it stops being accepted (None: never)."""

    digest: bytes
    expires_at: datetime | None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class ClientSnapshot:
    """Every setting of a client at one version. `enabled` False means: refuse everything, at once.

    audience: the resources that this client is (RFC 7662 section 4); resources: those it may ask tokens for (RFC 8707).
    authorization_types: of authorization details it may use (RFC 9396 section 10).
    dpop, certificate_bound: its access tokens must be bound to a key (RFC 9449 section 5.2, RFC 8705 section 3.4).
    """

    client_id: str
    version: int
    enabled: bool
    name: str
    name_id: str | None
    government_code: str | None
    home_uri: str | None
    topic: str | None
    auth_method: str
    grants: frozenset[str]
    scopes: tuple[str, ...]
    require_pkce: bool
    subject_type: str
    sector: str
    id_token_alg: str
    access_token_alg: str
    userinfo_alg: str | None
    first_party: bool
    min_acr: str | None
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    dpop: bool
    certificate_bound: bool
    tls_subject_type: str | None
    tls_subject: str | None
    backchannel_logout_uri: str | None
    frontchannel_logout_uri: str | None
    frontchannel_logout_session_required: bool
    audience: tuple[str, ...]
    resources: tuple[str, ...]
    profile: str | None
    require_par: bool
    require_request_object: bool
    request_object_alg: str | None
    request_uris: tuple[str, ...]
    response_alg: str | None
    introspection_alg: str | None
    id_token_key_alg: str | None
    userinfo_key_alg: str | None
    response_key_alg: str | None
    initiate_login_uri: str | None
    sector_identifier_uri: str | None
    authorization_types: tuple[str, ...]
    access: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    origins: frozenset[str]
    secrets: tuple[SecretDigest, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def public(self) -> bool:
        """True for a client that cannot keep a secret (RFC 6749 section 2.1)."""
        return self.auth_method == "none"

    @property
    def status(self) -> str:
        """``active`` or ``disabled``, as `policy.access.ClientFacts` wants it."""
        return "active" if self.enabled else "disabled"

    @property
    def pairwise_sector(self) -> str | None:
        """The sector for `directory.subject`, or None when the client's subjects are public (OIDC Core section 8)."""
        return self.sector if self.subject_type == "pairwise" else None

    def accepts_secret(self, presented: str, now: datetime) -> bool:
        """True when `presented` is a live secret; every digest is compared, in constant time (ASVS 11.2.4)."""
        found, asked = False, digest(presented)
        for secret in self.secrets:
            live = secret.expires_at is None or secret.expires_at > now
            found |= same(secret.digest, asked) and live
        return found

    def redirects_to(self, uri: str) -> bool:
        """True when `uri` is a registered redirect URI (exact; RFC 8252 section 7.3 for loopback ports)."""
        return any(redirect_matches(registered, uri) for registered in self.redirect_uris)

    def logs_out_to(self, uri: str) -> bool:
        """True when `uri` is registered for after a logout (exact)."""
        return uri in self.post_logout_redirect_uris

    def label(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_id or self.name if locale.startswith("id") else self.name


def by_client(rows: Iterable[Any]) -> dict[str, tuple[Any, ...]]:
    """Rows of many clients, gathered by `client_id`."""
    ordered = sorted(rows, key=lambda row: row.client_id)  # stable: the order within a client stays
    return {client_id: tuple(some) for client_id, some in groupby(ordered, key=lambda row: row.client_id)}


def snapshot_of(row: Any, uris: Iterable[Any], secrets: Iterable[Any]) -> ClientSnapshot:
    """A client from the rows of its store."""
    addresses = tuple(uris)
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to read a Row as a mapping
    values |= {
        "enabled": values.pop("status") == "active",
        "grants": frozenset(values["grants"].split()),
        "scopes": tuple(values["scopes"].split()),
        "audience": tuple(values["audience"]),
        "resources": tuple(values["resources"]),
        "request_uris": tuple(values["request_uris"]),
        "authorization_types": tuple(values["authorization_types"]),
    }
    return ClientSnapshot(
        **values,
        redirect_uris=tuple(uri.uri for uri in addresses if uri.kind == "redirect"),
        post_logout_redirect_uris=tuple(uri.uri for uri in addresses if uri.kind == "post_logout"),
        origins=frozenset(uri.origin for uri in addresses if uri.kind == "redirect" and uri.origin),
        secrets=tuple(SecretDigest(secret.digest, secret.expires_at, secret.prefix) for secret in secrets),
    )
