"""Resource indicators: which API a token is for, at every endpoint that hears `resource`."""

from urllib.parse import parse_qsl

import pytest

from idp.clients.metadata import DEVICE_GRANT
from tests.protocol.conftest import BATCH, House
from tests.protocol.rich import submit
from tests.protocol.signing import JWKS, request_object
from tests.rp import RelyingParty, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ONE, TWO, US = "https://one.example.org/v1", "urn:example:two", "http://localhost:8000"
STRANGE = ("https://other.example.org", ONE + "/", ONE + "#part", ONE + "?", "HTTPS://one.example.org/v1", "one", " ", "\u00e9", "x" * 600)


@pytest.fixture
def calls(signed_in: House) -> RelyingParty:
    """An application that calls two APIs."""
    return signed_in.rp("calls", resources=(ONE, TWO))


def audience(access_token: str) -> object:
    return payload(access_token)["aud"]


@spec("RFC 8707", "2.1")
def test_one_is_text_and_several_are_a_list_in_order_each_once(calls: RelyingParty) -> None:
    assert audience(calls.tokens(resource=TWO)["access_token"]) == TWO
    assert audience(calls.tokens(resource=[ONE, ONE])["access_token"]) == ONE
    assert audience(calls.tokens(resource=[TWO, US, ONE, TWO])["access_token"]) == [TWO, US, ONE]
    assert audience(calls.tokens(resource=["", ONE])["access_token"]) == ONE
    assert audience(calls.tokens()["access_token"]) == US


@spec("RFC 8707", "2.1")
def test_what_is_unknown_malformed_or_too_much_is_invalid_target(calls: RelyingParty) -> None:
    for strange in STRANGE:
        for asked in (strange, [ONE, strange]):
            assert calls.begin(resource=asked).params["error"] == "invalid_target", asked
    assert calls.begin(resource=[ONE] * 11).params["error"] == "invalid_target"
    assert "code" in calls.begin(resource=[ONE] * 10).params


@spec("RFC 8707", "2.2")
def test_the_token_endpoint_narrows_and_each_time_anew(calls: RelyingParty) -> None:
    given = calls.redeem(calls.code(resource=[ONE, TWO, US]), resource=ONE).json
    assert audience(given["access_token"]) == ONE
    for asked, found in ((TWO, TWO), ([TWO, US], [TWO, US]), (None, [ONE, TWO, US]), (ONE, ONE)):
        assert audience(calls.refresh(given["refresh_token"], resource=asked).json["access_token"]) == found, asked
    assert payload(given["id_token"])["aud"] == "calls"


@spec("RFC 8707", "2.2")
def test_what_was_not_granted_is_invalid_target_there_too(calls: RelyingParty) -> None:
    assert calls.redeem(calls.code(resource=ONE), resource=TWO).error == "invalid_target"
    assert calls.redeem(calls.code(), resource=ONE).error == "invalid_target"
    given = calls.tokens(resource=[ONE, US])
    for asked in (TWO, [ONE, TWO], *STRANGE):
        assert calls.refresh(given["refresh_token"], resource=asked).error == "invalid_target", asked
    assert calls.refresh(given["refresh_token"], resource=ONE).ok


def test_a_mistake_does_not_spend_what_it_comes_with(signed_in: House, calls: RelyingParty) -> None:
    """A wrong name is refused before the code is used up, or the next try would count as reuse and take everything back."""
    code = calls.code(resource=ONE)
    assert calls.redeem(code, resource="https://other.example.org").error == "invalid_target"
    assert audience(calls.redeem(code, resource=ONE).json["access_token"]) == ONE
    public = signed_in.rp("spa", auth_method="none", redirect_uris=("https://spa.example.org/cb",), resources=(ONE,))
    given = public.tokens(resource=ONE)
    assert public.refresh(given["refresh_token"], resource=TWO).error == "invalid_target"
    assert public.refresh(given["refresh_token"]).ok


@spec("RFC 8707", "2")
def test_in_pushed_requests_and_request_objects(signed_in: House) -> None:
    calls = signed_in.rp("signs", resources=(ONE, TWO), jwks=JWKS, request_object_alg="ES256")
    form: dict[str, str | list[str]] = {**dict(parse_qsl(calls.request())), "resource": [ONE, TWO]}
    uri = calls.call("/par", form).json["request_uri"]
    code = calls.browser.get(f"/authorize?client_id=signs&request_uri={uri}", {}).params["code"]
    assert audience(calls.redeem(code).json["access_token"]) == [ONE, TWO]
    assert calls.call("/par", form | {"resource": [ONE, "https://other.example.org"]}).error == "invalid_target"
    for asked, found in (([ONE, TWO], [ONE, TWO]), (TWO, TWO)):
        signed = request_object(signed_in, calls, resource=asked)
        code = calls.browser.get(f"/authorize?client_id=signs&request={signed}", {}).params["code"]
        assert audience(calls.redeem(code).json["access_token"]) == found


@spec("RFC 8707", "2")
def test_a_device_and_a_client_of_its_own(signed_in: House) -> None:
    tv = signed_in.rp("tv", grants=(DEVICE_GRANT, "refresh_token"), redirect_uris=(), post_logout_redirect_uris=(), resources=(ONE, TWO))
    assert tv.call("/device_authorization", {"scope": "openid", "resource": "https://other.example.org"}).error == "invalid_target"
    given = tv.call("/device_authorization", {"scope": "openid", "resource": [ONE, TWO]}).json
    entered = submit(tv, "/device", tv.browser.get("/device", {}), user_code=given["user_code"])
    submit(tv, entered.location, tv.browser.get(entered.location, {}), choice="allow")
    poll = {"grant_type": DEVICE_GRANT, "device_code": given["device_code"]}
    assert tv.token(**poll, resource="https://other.example.org").error == "invalid_target"
    answer = tv.token(**poll, resource=TWO).json
    assert audience(answer["access_token"]) == TWO
    assert audience(tv.refresh(answer["refresh_token"]).json["access_token"]) == [ONE, TWO]
    batch = signed_in.rp("batch", resources=(ONE, TWO), **BATCH)
    assert audience(batch.token(grant_type="client_credentials", resource=[TWO, ONE]).json["access_token"]) == [TWO, ONE]
    for strange in STRANGE:
        assert batch.token(grant_type="client_credentials", resource=strange).error == "invalid_target", strange


def test_each_api_hears_of_the_tokens_that_are_for_it(signed_in: House, calls: RelyingParty) -> None:
    servers = {uri: signed_in.rp(f"api{number}", audience=(uri,), **BATCH) for number, uri in enumerate((ONE, TWO))}
    both = calls.tokens(resource=[ONE, TWO])
    for uri, server in servers.items():
        assert server.introspect(both["access_token"]).json["aud"] == [ONE, TWO]
        only = calls.refresh(both["refresh_token"], resource=uri).json["access_token"]
        assert server.introspect(only).json["aud"] == uri
        assert [other.introspect(only).json["active"] for name, other in servers.items() if name != uri] == [False]
    assert calls.userinfo(both["access_token"]).status == 401
