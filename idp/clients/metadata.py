"""What may be registered: the rules for client metadata (RFC 7591 section 2, RFC 9700, RFC 8252). Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from urllib.parse import urlsplit

from idp.clients.addresses import Network, call_problem
from idp.clients.request_metadata import check_requests, implied, sector_of
from idp.clients.tls_subject import certificates_problem, subject_problem
from idp.kernel import scopes as scope_rules
from idp.kernel.errors import Invalid
from idp.kernel.urls import is_loopback, origin_of, redirect_uri_problem
from idp.keys.public import public_jwks_problem
from idp.policy.assurance import LEVELS

DEFAULT_GRANTS = ("authorization_code", "refresh_token")
DEFAULT_SCOPES = ("openid", "profile", "email", "asn")
RESTRICTED_SCOPES = frozenset({"nik"})

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_GRANTS = frozenset({"authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT, EXCHANGE_GRANT})
_SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post"})
_TLS_METHODS = frozenset({"tls_client_auth", "self_signed_tls_client_auth"})
_METHODS = _SECRET_METHODS | _TLS_METHODS | {"private_key_jwt", "none"}
_KEY_METHODS = frozenset({"private_key_jwt", "self_signed_tls_client_auth"})
_ALGS = ("RS256", "ES256")
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")
_MOST_URIS = 50


@dataclass(frozen=True, slots=True)
class NewClient:
    """An application to register; `check` says what is wrong with it and fills in what is left out.

    sector: empty means, it is derived once from the redirect URIs (OIDC Core section 8.1) and then kept.
    profile: ``fapi2-security-profile`` or ``fapi2-message-signing``: turns on all it takes. …_alg: our (or its) signatures,
    …_key_alg: how what it receives is encrypted to its key (A256GCM).
    dpop, certificate_bound: access tokens only with a DPoP proof (RFC 9449), only with a client certificate (RFC 8705);
    tls_subject_type, tls_subject: what the certificate of a tls_client_auth client says of it, see `idp.clients.tls_subject`.
    audience: the resources (APIs) it is, whose tokens it may introspect; resources: those it may ask tokens for (RFC 8707);
    authorization_types: the declared types of authorization details it may use (RFC 9396 section 10).
    """

    client_id: str
    name: str = ""
    name_id: str | None = None
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    auth_method: str = "client_secret_basic"
    secret: str | None = None
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    dpop: bool = False
    certificate_bound: bool = False
    tls_subject_type: str | None = None
    tls_subject: str | None = None
    grants: tuple[str, ...] = DEFAULT_GRANTS
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    require_pkce: bool = True
    backchannel_logout_uri: str | None = None
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    first_party: bool = False
    min_acr: str | None = None
    government_code: str | None = None
    home_uri: str | None = None
    topic: str | None = None
    access: str = "everyone"
    audience: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    subject_type: str = "pairwise"
    sector: str = ""
    id_token_alg: str = "RS256"  # noqa: S105 - an algorithm
    access_token_alg: str = "ES256"  # noqa: S105
    userinfo_alg: str | None = None
    profile: str | None = None
    require_par: bool = False
    require_request_object: bool = False
    request_object_alg: str | None = None
    request_uris: tuple[str, ...] = ()
    response_alg: str | None = None
    introspection_alg: str | None = None
    id_token_key_alg: str | None = None
    userinfo_key_alg: str | None = None
    response_key_alg: str | None = None
    initiate_login_uri: str | None = None
    sector_identifier_uri: str | None = None
    authorization_types: tuple[str, ...] = ()

    @property
    def uses_secret(self) -> bool:
        """True when the client proves itself by a shared secret."""
        return self.auth_method in _SECRET_METHODS


def check(new: NewClient, allowed_networks: Iterable[Network] = ()) -> NewClient:
    """`new` with its defaults filled in; raises Invalid, naming the field, for the first rule it breaks."""
    networks = tuple(allowed_networks)
    _check_names(new)
    _check_authentication(new, networks)
    _check_grants(new)
    _check_uris(new, networks)
    _check_choices(new)
    check_requests(new, networks)
    return replace(
        new,
        name=new.name or new.client_id,
        grants=tuple(dict.fromkeys(new.grants)),
        redirect_uris=tuple(dict.fromkeys(new.redirect_uris)),
        post_logout_redirect_uris=tuple(dict.fromkeys(new.post_logout_redirect_uris)),
        min_acr=_level(new.min_acr),
        sector=new.sector or sector_of(new.sector_identifier_uri or "") or _sector(new.client_id, new.redirect_uris),
        **implied(new),
    )


def check_secret(secret: str) -> None:
    """Raises Invalid for a secret brought by the operator that RFC 6749 appendix A.2 does not allow, or that is short."""
    if not 8 <= len(secret) <= 256:
        _refuse("secret", "a client secret has 8 to 256 characters")
    if any(not 0x20 <= ord(character) <= 0x7E for character in secret):
        _refuse("secret", "a client secret has printable ASCII characters only")


def _check_names(new: NewClient) -> None:
    if not _CLIENT_ID.fullmatch(new.client_id):
        _refuse("client_id", "a client id has 1 to 128 letters, digits or . _ ~ : - and starts with a letter or digit")
    for field, value, longest in (("name", new.name, 200), ("name_id", new.name_id, 200), ("topic", new.topic, 64)):
        if value and (len(value) > longest or any(ord(character) < 0x20 or ord(character) == 0x7F for character in value)):
            _refuse(field, f"{field} has at most {longest} characters and no control characters")


def _check_authentication(new: NewClient, networks: Sequence[Network]) -> None:
    if new.auth_method not in _METHODS:
        _refuse("auth_method", f"there is no authentication method {new.auth_method!r}; there are {', '.join(sorted(_METHODS))}")
    if new.secret is not None:
        if not new.uses_secret:
            _refuse("secret", f"a client with {new.auth_method} has no secret")
        check_secret(new.secret)
    if new.jwks is not None and new.jwks_uri is not None:
        _refuse("jwks", "give either jwks or jwks_uri, not both")
    if new.auth_method in _KEY_METHODS and new.jwks is None and new.jwks_uri is None:
        _refuse("jwks", f"{new.auth_method} needs the client's public keys: --jwks FILE or --jwks-uri URI")
    _check_tls(new)
    if new.jwks is not None and (problem := public_jwks_problem(new.jwks)):
        _refuse("jwks", f"the client's keys cannot be used: {problem}")
    if new.jwks_uri is not None and (problem := call_problem(new.jwks_uri, networks)):
        _refuse("jwks_uri", f"{new.jwks_uri} cannot be a jwks_uri: {problem}")
    if new.auth_method == "none" and not new.require_pkce:
        _refuse("require_pkce", "PKCE is always required of a public client")  # RFC 9700 section 2.1.1


def _check_tls(new: NewClient) -> None:
    """RFC 8705 section 2.1.2: exactly one subject for tls_client_auth; section 2.2.2: certificates stand in the JWK Set."""
    if (new.tls_subject_type is None) != (new.tls_subject is None) or (new.tls_subject is None) == (new.auth_method == "tls_client_auth"):
        _refuse("tls_subject", "tls_client_auth, and only it, needs exactly one --tls-subject-dn or --tls-san-…")
    if new.tls_subject_type is not None and (problem := subject_problem(new.tls_subject_type, new.tls_subject or "")):
        _refuse("tls_subject", problem)
    if new.auth_method == "self_signed_tls_client_auth" and new.jwks is not None and (problem := certificates_problem(new.jwks)):
        _refuse("jwks", problem)


def _check_grants(new: NewClient) -> None:
    for grant in new.grants:
        if grant not in _GRANTS:
            _refuse("grants", f"there is no grant {grant!r} here; there are {', '.join(sorted(_GRANTS))}")
    if not new.grants:
        _refuse("grants", "a client needs at least one grant")
    if "refresh_token" in new.grants and not {"authorization_code", DEVICE_GRANT} & set(new.grants):
        _refuse("grants", "refresh_token goes with authorization_code or the device grant only")
    for grant in ("client_credentials", EXCHANGE_GRANT):
        if grant in new.grants and new.auth_method == "none":
            _refuse("grants", f"{grant} is for confidential clients")  # RFC 6749 section 4.4
    if "authorization_code" in new.grants and not new.redirect_uris:
        _refuse("redirect_uris", "authorization_code needs a redirect URI")
    try:
        kept = scope_rules.parse(" ".join(new.scopes))
    except ValueError as error:
        _refuse("scopes", str(error))
    if kept != new.scopes or sum(map(len, kept)) > 1500:
        _refuse("scopes", "scopes are words without spaces or repeats, 1,500 characters in all")


def _check_uris(new: NewClient, networks: Sequence[Network]) -> None:
    for field, uris in (("redirect_uris", new.redirect_uris), ("post_logout_redirect_uris", new.post_logout_redirect_uris)):
        if len(uris) > _MOST_URIS:
            _refuse(field, f"there are at most {_MOST_URIS} of {field}")
        for uri in uris:
            if problem := redirect_uri_problem(uri):
                _refuse(field, f"{uri!r} cannot be registered: {problem}")
    if new.backchannel_logout_uri is not None and (problem := call_problem(new.backchannel_logout_uri, networks)):
        _refuse("backchannel_logout_uri", f"{new.backchannel_logout_uri!r} cannot be called: {problem}")
    if new.frontchannel_logout_uri is not None:
        _check_frontchannel(new.frontchannel_logout_uri, new.redirect_uris)
    if new.home_uri is not None and (redirect_uri_problem(new.home_uri) or urlsplit(new.home_uri).scheme not in ("https", "http")):
        _refuse("home_uri", f"{new.home_uri!r} cannot be the home of an application: give an https address")
    check_resources("audience", new.audience)
    check_resources("resources", new.resources)


def _check_frontchannel(uri: str, redirect_uris: Sequence[str]) -> None:
    """A page that our sign-out page frames: scheme, host and port are those of a redirect URI (Front-Channel Logout section 2)."""
    if problem := redirect_uri_problem(uri):
        _refuse("frontchannel_logout_uri", f"{uri!r} cannot be registered: {problem}")
    if origin_of(uri) is None or origin_of(uri) not in {origin_of(one) for one in redirect_uris}:
        _refuse("frontchannel_logout_uri", f"{uri!r} cannot be registered: scheme, host and port must be those of a redirect URI")


def check_resources(field: str, uris: Sequence[str]) -> None:
    """RFC 8707 section 2: absolute URIs without a fragment."""
    if len(uris) > _MOST_URIS:
        _refuse(field, f"there are at most {_MOST_URIS} of {field}")
    for uri in uris:
        if len(uri) > 500 or not uri.isascii() or any(c.isspace() for c in uri) or "#" in uri or not _absolute(uri):
            _refuse(field, f"{uri!r} cannot be a resource: it is not an absolute URI without a fragment")


def _check_choices(new: NewClient) -> None:
    for field, value, known in (
        ("subject_type", new.subject_type, ("pairwise", "public")),
        ("access", new.access, ("everyone", "government", "assigned")),
        ("id_token_alg", new.id_token_alg, _ALGS),
        ("access_token_alg", new.access_token_alg, _ALGS),
        ("userinfo_alg", new.userinfo_alg or _ALGS[0], _ALGS),
    ):
        if value not in known:
            _refuse(field, f"{field} is one of {', '.join(known)}")
    if new.access == "government" and new.government_code is None:
        _refuse("government", "access for one government needs --government CODE")
    if len(new.sector) > 255 or not all(0x21 <= ord(character) <= 0x7E for character in new.sector):
        _refuse("sector", "a sector is a host name or another short word")


def _level(text: str | None) -> str | None:
    level = LEVELS[int(text) - 1] if text in ("1", "2", "3") else text
    if level is not None and level not in LEVELS:
        _refuse("min_acr", f"there is no assurance level {text!r}; there are 1, 2, 3 or {', '.join(LEVELS)}")
    return level


def _sector(client_id: str, uris: Sequence[str]) -> str:
    """The one host of the redirect URIs; without one (several, loopback, a native scheme) the client is its own sector."""
    hosts = {urlsplit(uri).hostname or "" for uri in uris}
    only = hosts.pop() if len(hosts) == 1 else ""
    return only if only and len(only) <= 255 and not is_loopback(only) else f"client:{client_id}"


def _absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path))


def _refuse(field: str, sentence: str) -> NoReturn:
    raise Invalid(f"clients.{field}", sentence, field=field)
