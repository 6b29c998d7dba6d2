"""What may be registered with an initial access token of which policy. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.clients.metadata import DEFAULT_SCOPES, DEVICE_GRANT, EXCHANGE_GRANT
from idp.clients.request_metadata import MESSAGE_SIGNING, SECURITY

_PERSON_SCOPES = frozenset({"openid", "profile", "email", "phone", "address", "asn", "nik", "roles", "offline_access"})


@dataclass(frozen=True, slots=True)
class Policy:
    """grants, scopes: the most that may be registered; api_scopes: also scopes that say nothing about people.

    access: whom the registered client admits until an operator changes it; needs_government: the token must name one.
    require_pkce: of confidential clients too; default_scopes: registered where the metadata names none; profile: of FAPI 2.0, which
    no metadata can say.
    """

    name: str
    grants: frozenset[str]
    scopes: tuple[str, ...]
    api_scopes: bool = False
    access: str = "assigned"
    needs_government: bool = False
    require_pkce: bool = True
    default_scopes: tuple[str, ...] = DEFAULT_SCOPES
    profile: str | None = None

    def refused_scopes(self, scopes: Iterable[str]) -> list[str]:
        """Those of `scopes` that this policy does not let in."""
        return [one for one in scopes if one not in self.scopes and not (self.api_scopes and one not in _PERSON_SCOPES)]

    def refused_grants(self, grants: Iterable[str]) -> list[str]:
        """Those of `grants` that this policy does not let in."""
        return [one for one in grants if one not in self.grants]


_CODE = frozenset({"authorization_code", "refresh_token"})
_BASIC = ("openid", "profile", "email", "offline_access")
_STANDARD = (*_BASIC, "phone", "address")

POLICIES = {
    policy.name: policy
    for policy in (
        # For trying things out: nobody gets in but those whom an operator assigns, and little is told of them.
        Policy("sandbox", _CODE, _BASIC),
        # A government's own applications, for its own people.
        Policy("government", _CODE | {DEVICE_GRANT}, (*_BASIC, "phone", "asn"), access="government", needs_government=True),
        # Confidential libraries from before PKCE, and the OpenID Foundation's conformance suite; public clients keep to PKCE all the same.
        Policy("compatible", _CODE, _STANDARD, require_pkce=False, default_scopes=_STANDARD),
        # Applications that keep to FAPI 2.0 (their registration is refused where it does not).
        Policy("fapi2-security", _CODE, _STANDARD, default_scopes=_STANDARD, profile=SECURITY),
        Policy("fapi2-signing", _CODE, _STANDARD, default_scopes=_STANDARD, profile=MESSAGE_SIGNING),
        # An API gateway that keeps the clients of its APIs here (the "external key manager" of WSO2 and its like).
        Policy("gateway", _CODE | {"client_credentials", EXCHANGE_GRANT}, ("openid", "profile"), api_scopes=True),
    )
}
