"""What may be registered."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from idp.clients.metadata import NewClient, check, check_secret
from idp.kernel.errors import Invalid
from idp.kernel.urls import is_loopback, redirect_matches
from tests.spec import spec

GOOD = NewClient("app", redirect_uris=("https://app.example.org/cb",))
JWKS = {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def _field(new: NewClient, **settings: Any) -> str | None:
    """The field that is refused, or None."""
    try:
        check(new, **settings)
    except Invalid as error:
        return str(error.params["field"])
    return None


def test_defaults_are_filled_in() -> None:
    done = check(GOOD)
    assert done.name == "app"
    assert done.auth_method == "client_secret_basic"
    assert done.grants == ("authorization_code", "refresh_token")
    assert done.scopes == ("openid", "profile", "email", "asn")
    assert done.require_pkce
    assert done.subject_type == "pairwise"


@pytest.mark.parametrize("client_id", ["", " app", "app ", "a b", "ä", "a" * 129, "-a", "a\n", "a\0", "a/b", 'a"', "<script>"])
def test_a_client_id_is_plain(client_id: str) -> None:
    assert _field(replace(GOOD, client_id=client_id)) == "client_id"


@spec("RFC 9700", "2.1")
@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example.org/cb",
        "https://app.example.org/cb#frag",
        "https://app.example.org/cb#",
        "https://*.example.org/cb",
        "https://app.example.org/*",
        "https://app.example.org@evil.test/cb",
        "https://app.example.org:80@evil.test/cb",
        "https://evil@app.example.org/cb",
        "https://app.example.org/../cb",
        "https://app.example.org/%2e%2e/cb",
        "https://app.example.org\\@evil.test/",
        "https:///cb",
        "//app.example.org/cb",
        "/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "myapp:/cb",
        "https://app.example.org/c b",
        "https://app.example.org/cb\n",
        "https://äpp.example.org/cb",
        "",
        "http://127.0.0.1.evil.test/cb",
        "http://localhost.evil.test/cb",
    ],
)
def test_a_redirect_uri_that_cannot_be_matched_safely_is_refused(uri: str) -> None:
    assert _field(replace(GOOD, redirect_uris=(uri,))) == "redirect_uris"
    assert _field(replace(GOOD, post_logout_redirect_uris=(uri,))) == "post_logout_redirect_uris"


@spec("RFC 8252", "7.1", "MAY")
@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.org/",
        "https://a.example/wp-login.php?action=x",
        "http://localhost:8001/cb",
        "http://127.0.0.1/cb",
        "http://[::1]/cb",
        "id.go.medan.app:/cb",
    ],
)
def test_https_loopback_and_private_schemes_are_taken(uri: str) -> None:
    assert _field(replace(GOOD, redirect_uris=(uri,))) is None


_PIECES = (
    "https:",
    "http:",
    "//",
    "/",
    "app.example.org",
    "evil.test",
    "127.0.0.1",
    "localhost",
    "[::1]",
    "@",
    ":",
    "8000",
    "#",
    "?",
    "*",
    "..",
    "%2e",
    "\\",
    "javascript:",
    "com.app:",
    "\t",
    "\n",
    "\0",
    " ",
    "é",
)


@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=8).map("".join))
@spec("RFC 9700", "4.1.1")
def test_whatever_is_registered_is_safe_to_follow(uri: str) -> None:
    if _field(replace(GOOD, redirect_uris=(uri,))) is not None:
        return
    parts = urlsplit(uri)
    assert "#" not in uri
    assert "@" not in parts.netloc
    assert "*" not in uri
    assert uri.isprintable()
    assert uri.isascii()
    assert "\\" not in uri
    assert parts.scheme == "https" or "." in parts.scheme or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    assert parts.scheme not in ("javascript", "data", "file", "vbscript", "blob")
    assert redirect_matches(uri, uri)
    assert not redirect_matches(uri, uri + "x")
    assert not redirect_matches(uri, uri + "/../x")


@given(st.text(max_size=60))
def test_no_text_makes_registration_stumble(text: str) -> None:
    for name in (
        "client_id",
        "name",
        "auth_method",
        "secret",
        "jwks_uri",
        "backchannel_logout_uri",
        "home_uri",
        "min_acr",
        "topic",
        "access",
        "sector",
        "userinfo_alg",
    ):
        _field(replace(GOOD, **{name: text}))
    for name in ("redirect_uris", "post_logout_redirect_uris", "grants", "scopes", "audience", "resources"):
        _field(replace(GOOD, **{name: (text,)}))


@spec("RFC 9700", "2.1.1")
def test_a_public_client_always_needs_pkce() -> None:
    public = replace(GOOD, auth_method="none")
    assert _field(public) is None
    assert _field(replace(public, require_pkce=False)) == "require_pkce"
    assert _field(replace(GOOD, require_pkce=False)) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"auth_method": "tls_client_auth"}, "tls_subject"),
        ({"auth_method": "client_secret_jwt"}, "auth_method"),
        ({"auth_method": "private_key_jwt"}, "jwks"),
        ({"auth_method": "private_key_jwt", "jwks": JWKS, "jwks_uri": "https://a.example/jwks"}, "jwks"),
        ({"auth_method": "private_key_jwt", "jwks": JWKS, "secret": "long enough"}, "secret"),
        ({"auth_method": "private_key_jwt", "jwks": {"keys": [ECKey.generate_key("P-256").as_dict(private=True)]}}, "jwks"),
        ({"auth_method": "none", "secret": "long enough"}, "secret"),
        ({"secret": "short"}, "secret"),
        ({"secret": "with ümlaut"}, "secret"),
        ({"grants": ("password",)}, "grants"),
        ({"grants": ("implicit",)}, "grants"),
        ({"grants": ("urn:ietf:params:oauth:grant-type:token-exchange",), "auth_method": "none"}, "grants"),
        ({"grants": ()}, "grants"),
        ({"grants": ("refresh_token",)}, "grants"),
        ({"auth_method": "none", "grants": ("client_credentials",)}, "grants"),
        ({"redirect_uris": ()}, "redirect_uris"),
        ({"scopes": ("open id",)}, "scopes"),
        ({"scopes": ('a"b',)}, "scopes"),
        ({"min_acr": "4"}, "min_acr"),
        ({"min_acr": "urn:sumut:acr:9"}, "min_acr"),
        ({"access": "nobody"}, "access"),
        ({"access": "government"}, "government"),
        ({"subject_type": "private"}, "subject_type"),
        ({"id_token_alg": "none"}, "id_token_alg"),
        ({"access_token_alg": "HS256"}, "access_token_alg"),
        ({"userinfo_alg": "none"}, "userinfo_alg"),
        ({"home_uri": "javascript:alert(1)"}, "home_uri"),
        ({"audience": ("api",)}, "audience"),
        ({"audience": ("https://api.example/#x",)}, "audience"),
        ({"resources": ("api",)}, "resources"),
        ({"resources": ("https://api.example/#x",)}, "resources"),
        ({"name": "a\x1b[31m"}, "name"),
        ({"name": "a" * 201}, "name"),
    ],
)
def test_metadata_that_contradicts_itself_is_refused(change: dict[str, Any], field: str) -> None:
    assert _field(replace(GOOD, **change)) == field


def test_metadata_that_fits_is_taken() -> None:
    assert _field(replace(GOOD, auth_method="private_key_jwt", jwks=JWKS)) is None
    assert _field(replace(GOOD, auth_method="private_key_jwt", jwks_uri="https://app.example.org/jwks")) is None
    assert _field(NewClient("job", grants=("client_credentials",), scopes=("laporan.baca",))) is None
    assert check(replace(GOOD, min_acr="2")).min_acr == "urn:sumut:acr:2"
    assert check(replace(GOOD, min_acr="urn:sumut:acr:3")).min_acr == "urn:sumut:acr:3"
    check_secret("8 chars!")


@pytest.mark.parametrize("field", ["backchannel_logout_uri", "jwks_uri"])
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:9/x",
        "http://localhost/x",
        "https://localhost/x",
        "https://[::1]/x",
        "http://169.254.169.254/",
        "https://169.254.169.254/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://[64:ff9b::a00:1]/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f.0.0.1/",
        "https://0x7f000001/",
        "http://app.example.org/x",
        "file:///etc/passwd",
        "gopher://app.example.org/",
        "https://user@app.example.org/",
        "https://app.example.org/#x",
        "https://app.example.org:99999/",
        "https://",
        "",
        "x",
    ],
)
def test_an_address_we_would_call_is_public_and_https(field: str, uri: str) -> None:
    assert _field(replace(GOOD, **{field: uri})) == field


@pytest.mark.parametrize("uri", ["http://127.0.0.1:8001/bye", "http://localhost:8001/bye", "https://[::1]/bye"])
def test_loopback_may_be_called_when_the_operator_allows_it(uri: str) -> None:
    assert _field(replace(GOOD, backchannel_logout_uri=uri), allowed_networks=LOOPBACK) is None


def test_a_private_address_may_be_called_when_the_operator_allows_its_network() -> None:
    private = replace(GOOD, backchannel_logout_uri="https://10.20.0.7/bye")
    assert _field(private, allowed_networks=(ip_network("10.20.0.0/16"),)) is None
    assert _field(private, allowed_networks=(ip_network("10.21.0.0/16"),)) == "backchannel_logout_uri"


@spec("OIDC Core", "8.1")
@pytest.mark.parametrize(
    ("uris", "sector"),
    [
        (("https://a.example/1", "https://a.example/2"), "a.example"),
        (("https://a.example/1", "https://b.example/2"), "client:app"),
        (("http://127.0.0.1/cb",), "client:app"),
        (("http://localhost:8001/cb",), "client:app"),
        (("id.go.medan.app:/cb",), "client:app"),
    ],
)
def test_the_sector_is_the_one_host_or_the_client_itself(uris: tuple[str, ...], sector: str) -> None:
    assert check(replace(GOOD, redirect_uris=uris)).sector == sector
    assert check(replace(GOOD, redirect_uris=uris, sector="shared.example")).sector == "shared.example"
