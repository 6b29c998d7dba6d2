"""After signing out: what each application was told, truthfully, on the page and later in the account."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.kernel.clock import FrozenClock
from idp.wiring import Deps
from idp.wiring.worker import build_worker
from tests.spec import spec
from tests.web.conftest import Siti
from tests.web.test_ways_on import authorize
from tests.web.visitor import Visitor, token_of


@pytest.fixture
def used(unit: Any, siti: Siti, visitor: Visitor, deps: Deps) -> None:
    """Siti is signed in, and to an application that can be told and one that cannot."""
    deps.ring.ensure(OPERATOR)
    with unit() as services:
        for name, more in (("told", {"backchannel_logout_uri": "https://told.example.go.id/bc"}), ("mute", {})):
            new = NewClient(
                name, f"App {name}", redirect_uris=(f"https://{name}.example.go.id/cb",), first_party=True, auth_method="none", **more
            )
            services.registry.create(OPERATOR, new)
    visitor.sign_in()
    for name in ("told", "mute"):
        answer = parse_qs(urlsplit(visitor.get(authorize(name)).headers["Location"]).query)
        redeemed = visitor.client.post("/token", base_url="http://localhost:8000", data={
            "grant_type": "authorization_code", "client_id": name, "code": answer["code"][0], "code_verifier": "v" * 43,
            "redirect_uri": f"https://{name}.example.go.id/cb",
        })  # fmt: skip
        assert redeemed.status_code == 200


@pytest.fixture
def sign_out(visitor: Visitor) -> Callable[[], str]:
    def done() -> str:
        return visitor.send("/logout", token_of(visitor.get("/logout")), confirm="yes").text

    return done


def test_the_page_says_who_is_being_told_and_who_cannot_be(used: None, sign_out: Callable[[], str]) -> None:
    page = sign_out()
    told, still = page.index('id="logout-told"'), page.index('id="logout-still"')
    assert told < page.index("App told") < still < page.index("App mute")
    assert 'href="https://mute.example.go.id"' in page[still:] and "sedang diberi tahu" in page


def test_with_nothing_open_it_says_so(visitor: Visitor, siti: Siti, sign_out: Callable[[], str]) -> None:
    visitor.sign_in()
    assert "Tidak ada aplikasi yang dibuka" in sign_out()
    assert "Tidak ada aplikasi" not in visitor.get("/logout").text


@spec("OIDC Back-Channel Logout", "2.8")
@pytest.mark.parametrize(("answer", "said"), [(500, "Belum dapat diberi tahu"), (400, "Tidak dapat diberi tahu"), (200, None)])
def test_an_application_that_could_not_be_told_is_marked_in_the_account(
    used: None, visitor: Visitor, another: Visitor, deps: Deps, sign_out: Callable[[], str], monkeypatch: pytest.MonkeyPatch,
    answer: int, said: str | None, clock: FrozenClock,
) -> None:  # fmt: skip
    sign_out()
    monkeypatch.setattr(deps.http, "post_form", lambda *_: answer)
    build_worker(deps).drain()
    visitor.sign_in()
    page = visitor.get("/account/applications").text
    assert ('data-untold="told"' in page) == (said is not None) and 'data-untold="mute"' not in page
    assert said is None or (said in page and 'href="https://told.example.go.id"' in page)
    if answer == 500:  # told at the next attempt: no longer marked
        monkeypatch.setattr(deps.http, "post_form", lambda *_: 200)
        clock.advance(seconds=10)
        build_worker(deps).drain()
        assert "data-untold" not in visitor.get("/account/applications").text


def test_a_mark_does_not_stay_for_ever(
    used: None, visitor: Visitor, deps: Deps, sign_out: Callable[[], str], monkeypatch: pytest.MonkeyPatch, clock: FrozenClock
) -> None:
    sign_out()
    monkeypatch.setattr(deps.http, "post_form", lambda *_: 400)
    build_worker(deps).drain()
    clock.advance(seconds=8 * 24 * 3600)
    visitor.sign_in()
    assert "data-untold" not in visitor.get("/account/applications").text
