"""R1 to R4: where the browser may be sent (attacks.md)."""

from urllib.parse import urlencode

import pytest

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Invalid
from tests.attacks.stage import CALLBACK, EVIL, Human, Stage
from tests.rp import RelyingParty
from tests.spec import spec

NEAR = [
    "https://app.example.org.evil.test/cb", "https://app.example.org/cb?x=1", "https://app.example.org/cb/x",
    "https://app.example.org/cb/../x", "https://app.example.org/cb/..", "https://app.example.org/", "https://app.example.org",
    "https://app.example.org/CB", "https://APP.example.org/cb", "http://app.example.org/cb", "https://app.example.org:8443/cb",
    "https://app.example.org:443/cb", "https://app.example.org/cb#frag", "https://app.example.org/cb#", "https://app.example.org/cb?",
    "https://app.example.org/cb%20", " https://app.example.org/cb", "https://app.example.org/cb ", "https://app.example.org/%63b",
    "https://app.example.org//cb", "//app.example.org/cb", "/cb", "javascript:alert(1)", "data:text/html,x",
    "https:\\\\app.example.org\\cb",
    "https://app.example.org\\.evil.test/cb", "https://app.example.org/cb\r\nSet-Cookie: a=b", "",
]  # fmt: skip
WITH_USERINFO = [
    "https://app.example.org@evil.test/cb", "https://app.example.org:80@evil.test/cb", "https://app.example.org%40evil.test/cb",
    "https://evil@app.example.org/cb", "https://app.example.org:x@app.example.org/cb", "https://@app.example.org/cb",
    "https://evil.test#@app.example.org/cb", "https://evil.test\\@app.example.org/cb",
]  # fmt: skip


@pytest.fixture(scope="module")
def rp(stage: Stage, user: Human) -> RelyingParty:
    return stage.rp(stage.visitor(user))


def _works(rp: RelyingParty) -> None:
    answer = rp.begin()
    assert answer.status == 303 and answer.location.startswith(f"{CALLBACK}?code=")


@spec("attacks.md", "R1")
@spec("RFC 9700", "2.1")
def test_only_the_exact_redirect_uri_is_answered(rp: RelyingParty) -> None:
    _works(rp)
    for uri in NEAR:
        answer = rp.begin(redirect_uri=uri)
        assert answer.status == 400 and "Location" not in answer.headers, uri
        assert "oauth-error" in answer.text and "code=" not in answer.text
    _works(rp)


@spec("attacks.md", "R1")
def test_the_token_endpoint_compares_the_redirect_uri_byte_for_byte(rp: RelyingParty) -> None:
    for uri in ("https://app.example.org/cb?", "https://app.example.org/CB", "https://app.example.org:443/cb"):
        assert rp.redeem(rp.code(), redirect_uri=uri).error == "invalid_grant"
    assert rp.redeem(rp.code()).ok


@spec("attacks.md", "R2")
def test_user_information_in_a_redirect_uri_is_refused_at_both_doors(stage: Stage, rp: RelyingParty) -> None:
    for uri in WITH_USERINFO:
        answer = rp.begin(redirect_uri=uri)
        assert answer.status == 400 and "Location" not in answer.headers, uri
        with pytest.raises(Invalid), stage.unit() as services:
            services.registry.create(OPERATOR, NewClient(client_id="bad-userinfo", redirect_uris=(uri,)))
    _works(rp)


@spec("attacks.md", "R1")
@spec("RFC 8252", "7.3")
def test_the_free_port_of_loopback_opens_nothing_else(stage: Stage, user: Human) -> None:
    native = stage.rp(stage.visitor(user), auth_method="none", redirect_uris=("http://127.0.0.1/cb",))
    assert native.begin(redirect_uri="http://127.0.0.1:5100/cb").status == 303
    for uri in (
        "http://127.0.0.1:5100/cb/", "http://127.0.0.1:5100@evil.test/cb", "http://127.0.0.1:80@evil.test:81/cb", "http://localhost:5100/cb",
        "https://127.0.0.1:5100/cb", "http://127.0.0.1.evil.test:5100/cb", "http://127.0.0.2:5100/cb", "http://127.0.0.1:/cb",
        "http://127.0.0.1:05100/cb", "http://127.0.0.1:5100/cb#x", "http://127.0.0.1:5100/cb?x=1",
    ):  # fmt: skip
        answer = native.begin(redirect_uri=uri)
        assert answer.status == 400 and "Location" not in answer.headers, uri


@spec("attacks.md", "R3")
def test_no_error_is_redirected_to_an_unchecked_uri(stage: Stage, rp: RelyingParty) -> None:
    stranger = stage.rp(stage.visitor())
    stranger.client_id = rp.client_id
    changes: list[dict[str, str | None]] = [
        {"response_type": "nonsense"}, {"scope": "nonsense"}, {"prompt": "none"}, {"client_id": "nobody"}, {"code_challenge": "short"},
        {"response_type": "id_token", "scope": "profile"}, {"response_mode": "form_post"}, {"response_mode": "nonsense"},
        {"request_uri": f"{EVIL}/r"}, {"claims": "{"}, {"client_id": None}, {"id_token_hint": "x"},
    ]  # fmt: skip
    for change in changes:
        for one in (rp, stranger):
            answer = one.begin(**{"redirect_uri": f"{EVIL}/", **change})
            assert answer.status == 400 and "Location" not in answer.headers, change
            assert "evil.test" not in answer.headers.get("Content-Security-Policy", "")
    twice = rp.begin(redirect_uri=[CALLBACK, f"{EVIL}/"])
    assert twice.status == 400 and "Location" not in twice.headers
    # The same errors with the registered URI do reach the application, with state and iss.
    told = stranger.begin(prompt="none")
    assert told.location.startswith(CALLBACK) and told.params["error"] == "login_required" and told.params["iss"] == stage.server.base


HOSTILE_PATHS = ["//evil.test", "https://evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", "///evil.test",
"javascript:alert(1)",
                 "/%0d%0aSet-Cookie:a=b", " //evil.test", "/\x00/evil.test"]  # fmt: skip


@spec("attacks.md", "R4")
@pytest.mark.parametrize("name", ["return_to", "next", "continue", "target"])
def test_signing_in_never_leads_off_this_origin(stage: Stage, user: Human, name: str) -> None:
    for path in HOSTILE_PATHS if name == "return_to" else HOSTILE_PATHS[:2]:
        visitor = stage.visitor()
        landed = visitor.password(user, query="?" + urlencode({name: path}))
        assert landed.status_code == 303
        assert landed.headers["Location"] == ("/" if "%0d" not in path else path), path
        already = visitor.get("/sign-in?" + urlencode({name: path}))
        assert already.headers["Location"].startswith("/") and not already.headers["Location"].startswith(("//", "/\\"))
    kept = stage.visitor().password(user, query="?return_to=/account")
    assert kept.headers["Location"] == "/account"


@spec("attacks.md", "R4")
def test_the_language_switch_never_leads_off_this_origin(stage: Stage) -> None:
    visitor = stage.visitor()
    for path in HOSTILE_PATHS:
        landed = visitor.post("/language", {"language": "id", "return_to": path}).headers["Location"]
        assert landed.startswith("/") and not landed.startswith(("//", "/\\")), path
    assert visitor.post("/language", {"language": "id", "return_to": "/sign-in"}).headers["Location"] == "/sign-in"


@spec("attacks.md", "R4")
def test_signing_out_leads_only_to_registered_uris_of_the_client_named(stage: Stage, user: Human) -> None:
    visitor = stage.visitor(user)
    rp = stage.rp(visitor)
    other = stage.rp(visitor, post_logout_redirect_uris=("https://other.example.org/out",))
    hint, out = rp.tokens()["id_token"], "https://app.example.org/out"
    for uri in (f"{EVIL}/", out + "/", out + "?x=1", "https://other.example.org/out", "//evil.test", out.upper()):
        for named in ({"id_token_hint": hint}, {"client_id": rp.client_id}, {}):
            answer = rp.logout(post_logout_redirect_uri=uri, **named)
            assert answer.status == 400 and "Location" not in answer.headers, (uri, named)
    # A hint of one client does not speak for another, and a forged one for nobody.
    assert rp.logout(id_token_hint=hint, client_id=other.client_id, post_logout_redirect_uri="https://other.example.org/out").status == 400
    assert rp.logout(id_token_hint=hint[:-4] + "AAAA", post_logout_redirect_uri=out).status == 400
    assert visitor.is_in()
    done = rp.logout(id_token_hint=hint, post_logout_redirect_uri=out, state="s")
    assert done.location == f"{out}?state=s" and not visitor.is_in()


@spec("attacks.md", "R4")
@spec("attacks.md", "M5")
def test_a_forged_host_never_reaches_a_redirect_or_a_page(stage: Stage, user: Human) -> None:
    visitor = stage.visitor(user)
    for path in ("//account", "//sign-in", "/account", "/logout", "/sign-in?again=1", "/nowhere", "/.well-known/openid-configuration"):
        for forged in (visitor.as_host("evil.test"), {"X-Forwarded-Host": "evil.test"}, {"Forwarded": "host=evil.test"}):
            answer = visitor.get(path, forged)
            assert "evil.test" not in answer.headers.get("Location", "") and "evil.test" not in answer.text, (path, forged)
