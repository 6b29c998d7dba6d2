"""What a client registers about its requests and answers: profile, request objects, signatures, encryption. Pure.

OIDC Registration section 2, RFC 9101 section 10.5, JARM section 3, RFC 9701 section 6, RFC 9126 section 6, FAPI 2.0.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from idp.clients.addresses import Network, call_problem
from idp.kernel.errors import Invalid
from idp.kernel.urls import redirect_uri_problem

if TYPE_CHECKING:
    from idp.clients.metadata import NewClient

SECURITY, MESSAGE_SIGNING = "fapi2-security-profile", "fapi2-message-signing"
PROFILES = (SECURITY, MESSAGE_SIGNING)
_SHORT = {"fapi2-security": SECURITY}
OUR_ALGS = ("RS256", "ES256")
THEIR_ALGS = ("RS256", "PS256", "ES256", "EdDSA")
KEY_ALGS = ("RSA-OAEP-256", "ECDH-ES")
_TLS = ("tls_client_auth", "self_signed_tls_client_auth")
_STRONG = ("private_key_jwt", *_TLS)
_CHOICES = {
    "profile": (*PROFILES, *_SHORT),
    "request_object_alg": THEIR_ALGS,
    "response_alg": OUR_ALGS,
    "introspection_alg": OUR_ALGS,
    "id_token_key_alg": KEY_ALGS,
    "userinfo_key_alg": KEY_ALGS,
    "response_key_alg": KEY_ALGS,
}
_MOST_URIS = 20


def check_requests(new: "NewClient", networks: Sequence[Network]) -> None:
    """Raises Invalid, naming the field, for the first rule that is broken."""
    for field, known in _CHOICES.items():
        value = getattr(new, field)
        if value is not None and value not in known:
            _refuse(field, f"{field} is one of {', '.join(known)}")
    has_keys = new.jwks is not None or new.jwks_uri is not None
    for field in ("request_object_alg", "id_token_key_alg", "userinfo_key_alg", "response_key_alg"):
        if getattr(new, field) is not None and not has_keys:
            _refuse("jwks", f"{field} needs the client's public keys: --jwks FILE or --jwks-uri URI")
    for field in ("id_token_key_alg", "userinfo_key_alg", "response_key_alg"):
        alg = getattr(new, field)
        if alg is not None and new.jwks is not None and not _fits(new.jwks, alg):
            _refuse("jwks", f"the client's keys hold none that {alg} can encrypt to")
    if new.require_request_object and new.request_object_alg is None and new.profile is None:
        _refuse("request_object_alg", "require_request_object needs the algorithm of the request objects")
    _check_addresses(new, networks)
    if new.profile is not None:
        _check_profile(new, has_keys)


def implied(new: "NewClient") -> dict[str, Any]:
    """What a profile turns on by itself, for a client that passed `check_requests` (FAPI 2.0)."""
    if new.profile is None:
        return {}
    profile = _SHORT.get(new.profile, new.profile)
    values: dict[str, Any] = {"profile": profile, "require_par": True, "require_pkce": True}
    values |= {"id_token_alg": "ES256", "access_token_alg": "ES256", "userinfo_alg": new.userinfo_alg and "ES256"}
    if not new.dpop and not new.certificate_bound:  # section 5.3.2.1: access tokens are sender-constrained
        values |= {"certificate_bound" if new.auth_method in _TLS else "dpop": True}
    if profile == MESSAGE_SIGNING:
        values |= {"require_request_object": True, "response_alg": "ES256"}
    return values


def sector_problem(document: object, redirect_uris: Iterable[str]) -> str | None:
    """Why the document at a sector_identifier_uri does not vouch for the redirect URIs, or None (OIDC Core section 8.1)."""
    if not isinstance(document, list) or not all(isinstance(uri, str) for uri in document):
        return "it is not a JSON array of addresses"
    return None if set(redirect_uris) <= set(document) else "it does not list every redirect URI"


def sector_of(uri: str) -> str:
    """The host component of a sector_identifier_uri (OIDC Core section 8.1)."""
    return urlsplit(uri).hostname or ""


def _fits(jwks: dict[str, Any], alg: str) -> bool:
    kind = "RSA" if alg.startswith("RSA") else "EC"
    keys = jwks.get("keys", ())
    return any(key.get("kty") == kind and key.get("use", "enc") == "enc" and key.get("alg", alg) == alg for key in keys)


def _check_addresses(new: "NewClient", networks: Sequence[Network]) -> None:
    if len(new.request_uris) > _MOST_URIS:
        _refuse("request_uris", f"there are at most {_MOST_URIS} of request_uris")
    if new.request_uris and new.request_object_alg is None and new.profile is None:
        _refuse("request_object_alg", "request_uris need the algorithm of the request objects")
    for field, uris in (("request_uris", new.request_uris), ("sector_identifier_uri", (new.sector_identifier_uri,))):
        for uri in uris:
            if uri is not None and (problem := call_problem(uri, networks)):
                _refuse(field, f"{uri!r} cannot be called: {problem}")
    home = new.initiate_login_uri
    if home is not None and (redirect_uri_problem(home) or urlsplit(home).scheme not in ("https", "http")):
        _refuse("initiate_login_uri", f"{home!r} cannot begin a sign-in: give an https address")
    if new.sector_identifier_uri is not None and new.subject_type != "pairwise":
        _refuse("sector_identifier_uri", "a sector is for pairwise subjects")


def _check_profile(new: "NewClient", has_keys: bool) -> None:
    if new.auth_method not in _STRONG:
        _refuse("auth_method", "FAPI 2.0 section 5.3.2.1: clients authenticate by private_key_jwt or mutual TLS")
    if _SHORT.get(new.profile or "", new.profile) == MESSAGE_SIGNING and not has_keys:
        _refuse("jwks", "FAPI 2.0 Message Signing section 5.3.1: request objects are signed, so give --jwks or --jwks-uri")
    if new.request_object_alg == "RS256":
        _refuse("request_object_alg", "FAPI 2.0 section 5.4.1: PS256, ES256 or EdDSA")
    if any(urlsplit(uri).scheme == "http" for uri in new.redirect_uris):
        _refuse("redirect_uris", "FAPI 2.0 section 5.3.2.2: redirect URIs use https")


def _refuse(field: str, sentence: str) -> NoReturn:
    raise Invalid(f"clients.{field}", sentence, field=field)
