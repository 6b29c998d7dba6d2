"""Front-channel logout: the sign-out page frames the applications' own sign-out pages."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.protocol.conftest import House
from tests.protocol.test_logout import OUT, confirm
from tests.rp import Heard, RelyingParty, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

FRAME = "https://app.example.org/fc"


def frames(page: Heard) -> list[str]:
    """The addresses that the page frames."""
    return [unescape(found) for found in re.findall(r'<iframe src="([^"]+)"', page.text)]


def framed(house: House, client_id: str, uri: str = FRAME, **values: object) -> RelyingParty:
    return house.rp(client_id, frontchannel_logout_uri=uri, frontchannel_logout_session_required=True, **values)


@spec("OIDC Front-Channel Logout", "2")
def test_the_page_is_framed_with_issuer_and_session(signed_in: House) -> None:
    rp = framed(signed_in, "app", FRAME + "?tenant=1")
    tokens = rp.tokens()
    page = rp.logout(id_token_hint=tokens["id_token"], post_logout_redirect_uri=OUT, state="s")
    assert page.status == 200
    (address,) = frames(page)
    assert address.startswith(FRAME + "?tenant=1&")
    claims = payload(tokens["id_token"])
    assert parse_qs(urlsplit(address).query) == {"tenant": ["1"], "iss": [claims["iss"]], "sid": [claims["sid"]]}
    assert rp.begin(prompt="none").params["error"] == "login_required"


def named(page: Heard, name: str) -> list[str]:
    """The applications in one list of the page."""
    found = re.search(rf'<ul id="{name}">(.*?)</ul>', page.text, re.S)
    return re.findall(r">([^<>\s][^<>]*)<", found[1]) if found else []


@spec("OIDC Front-Channel Logout", "3")
def test_what_cannot_be_told_is_read_before_the_browser_goes_on(signed_in: House) -> None:
    rp, other = framed(signed_in, "app"), signed_in.rp("other")
    hint, _ = rp.tokens()["id_token"], other.tokens()
    page = rp.logout(id_token_hint=hint, post_logout_redirect_uri=OUT)
    assert page.headers["Refresh"] == f"20; url={OUT}"
    assert named(page, "logout-still") == ["Other"] and named(page, "logout-here") == ["App"]


@spec("OIDC Front-Channel Logout", "3")
def test_only_the_framed_origins_may_be_framed(signed_in: House) -> None:
    rp = framed(signed_in, "app")
    page = rp.logout(id_token_hint=rp.tokens()["id_token"], post_logout_redirect_uri=OUT)
    policy = page.headers["Content-Security-Policy"]
    assert "frame-src https://app.example.org;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "frame-src 'none'" in signed_in.rp("other").logout().headers["Content-Security-Policy"]


@spec("OIDC RP-Initiated Logout", "3")
def test_the_browser_goes_on_by_itself_and_by_a_button(signed_in: House) -> None:
    rp = framed(signed_in, "app")
    page = rp.logout(id_token_hint=rp.tokens()["id_token"], post_logout_redirect_uri=OUT, state="a b")
    assert page.headers["Refresh"] == f"4; url={OUT}?state=a%20b"
    assert f'href="{OUT}?state=a%20b"' in page.text


@spec("OIDC Front-Channel Logout", "3")
def test_it_works_beside_back_channel_and_says_what_is_still_open(signed_in: House) -> None:
    front = framed(signed_in, "front")
    back = signed_in.rp("back", backchannel_logout_uri="https://back.example.org/bc")
    neither, stranger = signed_in.rp("neither"), framed(signed_in, "stranger")
    for rp in (front, back, neither):
        rp.tokens()
    done = confirm(stranger, stranger.logout())
    assert len(frames(done)) == 1
    assert named(done, "logout-here") == ["Front"]
    assert named(done, "logout-told") == ["Back"]
    assert named(done, "logout-still") == ["Neither"]
    assert "Stranger" not in done.text
    assert "Refresh" not in done.headers


@spec("OIDC Front-Channel Logout", "3")
def test_both_are_advertised(signed_in: House) -> None:
    found = signed_in.rp().back.get("/.well-known/openid-configuration", {}).json
    assert found["frontchannel_logout_supported"] is True
    assert found["frontchannel_logout_session_supported"] is True


@spec("OIDC Front-Channel Logout", "2", "MUST")
@pytest.mark.parametrize(
    "uri",
    ["http://app.example.org/fc", "https://evil.test/fc", "https://app.example.org:8443/fc", "https://app.example.org/fc#x", "data:1"],
)
def test_it_must_stand_where_a_redirect_uri_stands(house: House, uri: str) -> None:
    from idp.kernel.errors import Invalid

    with pytest.raises(Invalid) as refused:
        framed(house, "app", uri)
    assert refused.value.params["field"] == "frontchannel_logout_uri"
