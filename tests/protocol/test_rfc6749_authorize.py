"""The authorization endpoint: what is shown, what is redirected, and what is never followed."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.protocol.conftest import CALLBACK, House
from tests.rp import FORM, RelyingParty
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

NEAR = [
    "https://app.example.org.evil.test/cb",
    "https://app.example.org/cb?x=1",
    "https://app.example.org/cb/x",
    "https://app.example.org/cb/../x",
    "https://app.example.org/cb/",
    "https://app.example.org/CB",
    "https://APP.example.org/cb",
    "http://app.example.org/cb",
    "https://app.example.org:8443/cb",
    "https://app.example.org:443/cb",
    "https://app.example.org/cb#frag",
    "https://app.example.org/cb#",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://app.example.org@evil.test/cb",
    "https://app.example.org:80@evil.test/cb",
    "https://app.example.org%40evil.test/cb",
    "https://evil@app.example.org/cb",
    "//app.example.org/cb",
    "https://app.example.org/cb%00",
    " https://app.example.org/cb",
]


def shown(answer, code: str) -> bool:  # type: ignore[no-untyped-def]
    return answer.status == 400 and "Location" not in answer.headers and 'id="oauth-error"' in answer.text and code in answer.text


@pytest.mark.parametrize("uri", NEAR)
@spec("RFC 9700", "2.1", "MUST")
def test_a_redirect_uri_one_step_away_is_shown_and_never_followed(rp: RelyingParty, uri: str) -> None:
    """Attacks R1 and R2: exact string matching."""
    assert shown(rp.begin(redirect_uri=uri), "invalid_request")
    assert rp.begin().status == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"scope": "openid nothing"},
        {"prompt": "none"},
        {"client_id": "nobody"},
        {"code_challenge": "x"},
        {"response_type": "id_token", "scope": "profile"},
    ],
)
@spec("RFC 6749", "4.1.2.1", "MUST NOT")
def test_no_error_is_redirected_to_an_unregistered_uri(rp: RelyingParty, changes: dict[str, str]) -> None:
    """Attack R3."""
    answer = rp.begin(redirect_uri="https://evil.test/", **changes)
    assert answer.status == 400
    assert "evil.test" not in answer.headers.get("Location", "")


def test_an_unknown_or_missing_client_is_shown(rp: RelyingParty) -> None:
    assert shown(rp.begin(client_id="nobody"), "invalid_client")
    assert shown(rp.begin(client_id=None), "invalid_request")
    assert shown(rp.begin(redirect_uri=None), "invalid_request")
    assert shown(rp.begin(client_id="a\0b"), "invalid_client")


@spec("RFC 6749", "3.1", "MUST NOT")
@pytest.mark.parametrize("name", ["response_type", "scope", "state", "nonce", "prompt", "code_challenge", "max_age", "anything"])
def test_a_repeated_parameter_is_invalid_request(rp: RelyingParty, name: str) -> None:
    answer = rp.browser.get("/authorize?" + rp.request() + f"&{name}=a&{name}=a", {})
    assert answer.params["error"] == "invalid_request"
    assert answer.params["iss"] == "http://localhost:8000"
    assert answer.location.startswith(CALLBACK)


@spec("RFC 6749", "3.1", "MUST NOT")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_target_is_shown(rp: RelyingParty, name: str) -> None:
    assert shown(rp.browser.get("/authorize?" + rp.request() + f"&{name}=https://evil.test", {}), "invalid_request")


@spec("RFC 6749", "3.1", "MUST")
def test_unknown_parameters_and_empty_ones_are_ignored(rp: RelyingParty) -> None:
    assert "code" in rp.begin(foo="bar", display="page", id_token_hint="", prompt="").params


@spec("OIDC Core", "3.1.2.1", "MUST")
def test_a_request_may_be_posted(signed_in: House, rp: RelyingParty) -> None:
    answer = rp.browser.post("/authorize", rp.request(), {"Content-Type": FORM})
    assert "code" in answer.params
    mixed = rp.browser.post("/authorize?" + rp.request(), "", {"Content-Type": FORM})
    assert shown(mixed, "invalid_request")
    ignored = rp.browser.get("/authorize?" + rp.request(state=None), {})
    assert "state" not in ignored.params


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid nik"}, "invalid_scope"),
        ({"scope": 'openid "'}, "invalid_scope"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "99999999999999999999"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": '{"id_token": 3}'}, "invalid_request"),
        ({"claims": '{"userinfo": {"name": "x"}}'}, "invalid_request"),
        ({"claims": "[" * 5000}, "invalid_request"),
        ({"id_token_hint": "nonsense"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://app.example.org/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
        ({"claims": json.dumps({"x": "y" * 4096})}, "invalid_request"),
        ({"resource": "not a uri"}, "invalid_target"),
        ({"resource": "https://api.example.org/#x"}, "invalid_target"),
    ],
)
@spec("RFC 6749", "4.1.2.1")
@spec("OIDC Core", "6")
@spec("OIDC Core", "7.2.1")
def test_errors_of_a_good_client_come_back_with_state_and_iss(rp: RelyingParty, changes: dict[str, str], error: str) -> None:
    answer = rp.begin(**changes)
    assert answer.status == 303
    assert answer.location.startswith(CALLBACK + "?")
    assert answer.params["error"] == error
    assert answer.params["state"] == rp.state
    assert answer.params["iss"] == "http://localhost:8000"
    assert "code" not in answer.params


def test_what_a_stranger_sends_is_kept_only_while_it_is_small(house: House) -> None:
    """A request may be kept for an hour, and anybody can send one."""
    rp = house.rp()
    claims = '{"userinfo": {"name": null}, "x": "%s"}'
    for name, longest, value in (("state", 2048, "s%s"), ("nonce", 512, "n%s"), ("claims", 4096, claims)):
        room = longest - len(value) + 2
        assert rp.begin(**{name: value % ("y" * room)}).location.startswith("/interaction/"), name
        refused = rp.begin(**{name: value % ("y" * (room + 1))})
        assert refused.params["error"] == "invalid_request" and name in refused.params["error_description"]
        assert name != "state" or "state" not in refused.params
    with house.unit() as services:
        assert services.session.execute(text("SELECT count(*) FROM authorization_requests")).scalar() == 3


@spec("RFC 6749", "3.1.2")
def test_the_registered_uris_own_query_stays(signed_in: House) -> None:
    uri = "https://wp.example.org/wp-admin/admin-ajax.php?action=openid-connect-authorize"
    answer = signed_in.rp("wp", redirect_uris=(uri,)).begin()
    assert answer.location.startswith(uri + "&code=")


@spec("RFC 8252", "7.3")
def test_only_a_loopback_address_may_come_with_any_port(signed_in: House) -> None:
    native = signed_in.rp("native", auth_method="none", redirect_uris=("http://127.0.0.1/callback",))
    answer = native.begin(redirect_uri="http://127.0.0.1:51004/callback")
    assert answer.location.startswith("http://127.0.0.1:51004/callback?code=")
    native.redirect_uri = "http://127.0.0.1:51004/callback"
    assert native.redeem(answer.params["code"]).ok
    assert shown(native.begin(redirect_uri="http://localhost:51004/callback"), "invalid_request")


def test_a_client_without_the_code_grant_may_not_ask(signed_in: House) -> None:
    rp = signed_in.rp("batch", grants=("client_credentials",))
    answer = rp.begin()
    assert answer.status == 400 or answer.params["error"] == "unauthorized_client"


def test_a_disabled_client_is_shown_an_error_at_once(signed_in: House, rp: RelyingParty) -> None:
    assert rp.begin().status == 303
    with signed_in.unit() as services:
        from idp.kernel.actor import OPERATOR

        services.registry.disable(OPERATOR, "app")
    answer = rp.begin()
    assert "code" not in (answer.params if answer.status == 303 else {})


@spec("OAuth Form Post", "2")
def test_form_post_answers_with_a_form(rp: RelyingParty) -> None:
    answer = rp.begin(response_mode="form_post")
    assert answer.status == 200
    assert f'action="{CALLBACK}"' in answer.text
    assert answer.params["state"] == rp.state
    assert answer.params["iss"] == "http://localhost:8000"
    assert "https://app.example.org" in answer.headers["Content-Security-Policy"].split("form-action")[1]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert rp.redeem(answer.params["code"]).ok
    assert rp.begin(response_mode="form_post", prompt="dance").params["error"] == "invalid_request"


@spec("RFC 9207", "2", "MUST")
def test_iss_is_in_every_answer(rp: RelyingParty, signed_in: House) -> None:
    assert rp.begin().params["iss"] == "http://localhost:8000"
    signed_in.sign_out()
    assert rp.begin(prompt="none").params["iss"] == "http://localhost:8000"


def test_markup_in_parameters_stays_text(rp: RelyingParty) -> None:
    """Attack S6."""
    evil = '"><script>alert(1)</script>'
    answer = rp.begin(response_mode="form_post", state=evil)
    assert "<script>alert" not in answer.text
    assert answer.params["state"] == evil
    assert "<script>alert" not in rp.begin(client_id=evil).text
    assert rp.begin(state=evil).params["state"] == evil


def test_a_cross_site_form_without_cookies_comes_again_by_get(signed_in: House, rp: RelyingParty) -> None:
    """SameSite=Lax keeps our cookie from a cross-site POST; a GET gets it."""
    signed_in.sign_out()
    answer = rp.browser.post("/authorize", rp.request(prompt="none"), {"Content-Type": FORM, "Sec-Fetch-Site": "cross-site"})
    assert answer.status == 303
    assert answer.location.startswith("/authorize?")
    signed_in.sign_in()
    assert "code" in rp.browser.get(answer.location, {}).params


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            ["response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "claims", "id_token_hint",
             "acr_values", "ui_locales", "login_hint", "response_mode", "code_challenge", "code_challenge_method", "resource"]
        ),
        st.text(max_size=60),
        max_size=4,
    )
)  # fmt: skip
def test_no_request_breaks_the_endpoint(rp: RelyingParty, changes: dict[str, str]) -> None:
    answer = rp.begin(**{name: value.encode("utf-8", "replace").decode() for name, value in changes.items()})
    assert answer.status in (200, 303, 400)
    assert not answer.headers.get("Location", CALLBACK).startswith("https://evil")
