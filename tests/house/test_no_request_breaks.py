"""Whatever is sent to whatever route, the answer is never a 500 (property test; both databases, which refuse different things)."""

import re
from base64 import b64encode
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Names that some route reads, so that garbage reaches the code behind them, and one that none does.
NAMES = [
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "prompt", "max_age", "acr_values", "claims", "id_token_hint", "login_hint", "ui_locales", "resource",
    "request", "request_uri", "grant_type", "code", "code_verifier", "refresh_token", "token", "token_type_hint", "client_secret",
    "client_assertion", "client_assertion_type", "username", "password", "post_logout_redirect_uri", "logout_hint", "return_to",
    "again", "language", "csrf_token", "name", "unknown",
]  # fmt: skip
# Values that have broken servers before: null bytes, half a surrogate, huge numbers, wrong JSON, broken JWTs, percent signs, bidi marks.
NASTY = [
    "", "\x00", "a\x00b", "%00", "\ud800", "é" * 300, "9" * 400, "-1", "1e309", "null", "[]", "{}", '{"userinfo": 1}',
    '{"id_token": {"acr": []}}', "[" * 3000, "..", "../../etc/passwd", "a.b.c", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6WzFdfQ.W10.AA", "http://[::1", "http://[", "//evil.example", "javascript:alert(1)", "' OR 1=1 --",
    "\r\nSet-Cookie: a=b", "\u202e", "😀", "none login", "S256", "openid", "authorization_code", "refresh_token", "client_credentials",
    "code", "query", "form_post", "2" * 26, "x" * 5000, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
]  # fmt: skip

value = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
pairs = st.lists(st.tuples(st.sampled_from(NAMES), value), max_size=8)
cookie = st.one_of(
    st.sampled_from(["", "x", "%00", "a" * 4000, '"', "\xff", "é", "; ;=", "eyJ.x.y"]),
    st.text("abcxyz0189._-%=", max_size=60),
)
authorization = st.one_of(
    st.none(),
    st.sampled_from(["Basic", "Basic ====", "Basic Og==", "Bearer", "Bearer \xff", "Bearer e30.e30.e30", "DPoP x", ": ;"]),
    st.text(max_size=30).map(lambda text: "Basic " + b64encode(text.encode("utf-8", "surrogatepass")).decode()),
)
content_type = st.sampled_from(
    [
        "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16", "application/json", "multipart/form-data",
        "multipart/form-data; boundary=x", "text/plain", "", "\xff", "application/x-www-form-urlencoded; charset=nonsense",
    ]
)  # fmt: skip
raw_body = st.one_of(st.none(), st.sampled_from([b"\xff\xfe", b"{", b"[]", b"a=%", b"a=%ff%00", b"--x\r\n\r\n", b"&&&===", b"a" * 70000]))


def _encode(items: list[tuple[str, str]]) -> str:
    return urlencode([(name, item.encode("utf-8", "surrogatepass")) for name, item in items])


def _routes(app) -> list[tuple[str, str]]:
    return sorted((rule.rule, method) for rule in app.url_map.iter_rules() for method in rule.methods if method != "OPTIONS")


def _path(rule: str, part: str) -> str:
    filled = quote(part.encode("utf-8", "surrogatepass"), safe="") or "x"
    return re.sub(r"<[^>]+>", lambda _: filled, rule)


@pytest.fixture
def cookie_names(app) -> list[str]:
    """The cookies that the product reads, found where they are named."""
    from idp.web import cookies

    bare = {name for name in vars(cookies).values() if isinstance(name, str) and re.fullmatch(r"[a-z_]{3,30}", name)}
    return sorted(bare | {app.config["SESSION_COOKIE_NAME"]})


@pytest.mark.timeout(300)
def test_no_request_makes_a_500(app, cookie_names):
    routes = _routes(app)
    assert len(routes) > 30

    @settings(max_examples=len(routes) * 8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(routes), pairs, pairs, value, cookie, authorization, content_type, raw_body)
    def send(route, query, form, part, cookie_value, header, kind, raw) -> None:
        rule, method = route
        headers = [("Cookie", "; ".join(f"{name}={cookie_value}" for name in cookie_names)), ("Accept-Language", cookie_value or "*")]
        if header is not None:
            headers.append(("Authorization", header))
        headers = [(name, re.sub(r"[\r\n]", "", text).encode("utf-8", "replace").decode("latin-1")) for name, text in headers]
        body = raw if raw is not None else _encode(form).encode()
        # No cookies are kept: each request must stand alone to be replayed from the message of a failure.
        browser = app.test_client(use_cookies=False)
        answer = browser.open(_path(rule, part), method=method, query_string=_encode(query), data=body, content_type=kind, headers=headers)
        assert answer.status_code != 500, answer.get_data(as_text=True)[:2000]
        answer.close()

    send()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_method_makes_a_500(app, client):
    methods = ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "GET", "POST", "HEAD", "OPTIONS"]
    paths = {_path(rule, "x") for rule, _ in _routes(app)} | {"/nowhere", "//", "/%00", "/%ff"}
    broken = [f"{method} {path}" for path in sorted(paths) for method in methods if client.open(path, method=method).status_code == 500]
    assert not broken
