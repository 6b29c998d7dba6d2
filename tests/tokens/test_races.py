"""One code, one refresh token, a hundred at once, over several worker processes: exactly one success (attack C7)."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.audit.tags import Tag
from idp.clients.metadata import NewClient
from idp.directory.new_person import NewPerson
from idp.kernel.actor import OPERATOR
from idp.kernel.randomness import SystemRandomness, letters
from tests.rp import Heard, HttpWire, RelyingParty
from tests.running import RunningServer
from tests.spec import spec

AT_ONCE = 100


def arrange(server: RunningServer, *, public: bool) -> RelyingParty:
    """An application, and a person signed in."""
    name = letters(SystemRandomness(), 8)
    new = NewClient(
        client_id=f"app-{name}",
        redirect_uris=("https://app.example.org/cb",),
        auth_method="none" if public else "client_secret_basic",
        first_party=True,
        scopes=("openid", "profile", "offline_access"),
    )
    with server.services() as services:
        client, secret = services.registry.create(OPERATOR, new)
        person = services.people.create(OPERATOR, NewPerson(username=f"p-{name}", name="Siti"))
        token = services.sessions.start(OPERATOR, person.id, ("pwd", "otp", "mfa"), shared=False)
        services.audit.record(Tag.SESSION_START, OPERATOR, subject=("person", person.id))
    browser = HttpWire(server.base)
    browser.session.headers["Cookie"] = f"idp_session={token}"
    back, method = HttpWire(server.base), client.auth_method
    return RelyingParty(browser, back, client.client_id, new.redirect_uris[0], secret, method, "openid profile")


def together(act: Callable[[], Heard]) -> list[Heard]:
    """Do it a hundred times, all starting at the same moment."""
    start = threading.Barrier(AT_ONCE)

    def one(_: int) -> Heard:
        start.wait(60)
        return act()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def apart(rp: RelyingParty) -> RelyingParty:
    """The same application on a connection of its own."""
    return RelyingParty(rp.browser, HttpWire(rp.back.base), rp.client_id, rp.redirect_uri, rp.secret, rp.method, rp.scope, rp.verifier)  # type: ignore[attr-defined]


@spec("RFC 6749", "4.1.2", "MUST NOT")
def test_one_of_a_hundred_redemptions_of_a_code_succeeds(server: RunningServer) -> None:
    rp = arrange(server, public=False)
    for _ in range(2):
        code = rp.code()
        answers = together(lambda code=code: apart(rp).redeem(code))  # type: ignore[misc]
        assert Counter(answer.status for answer in answers) == {200: 1, 400: AT_ONCE - 1}
        assert {answer.error for answer in answers if not answer.ok} == {"invalid_grant"}
        winner = next(answer for answer in answers if answer.ok).json
        # A second use takes back what the first gave, so nothing lives on.
        assert rp.userinfo(winner["access_token"]).status == 401
        assert rp.refresh(winner["refresh_token"]).error == "invalid_grant"


@spec("RFC 9700", "4.14.2")
def test_one_of_a_hundred_uses_of_a_refresh_token_succeeds(server: RunningServer) -> None:
    rp = arrange(server, public=True)
    for _ in range(2):
        token = rp.tokens()["refresh_token"]
        answers = together(lambda token=token: apart(rp).refresh(token))  # type: ignore[misc]
        assert Counter(answer.status for answer in answers) == {200: 1, 400: AT_ONCE - 1}
        assert {answer.error for answer in answers if not answer.ok} == {"invalid_grant"}


def test_refresh_against_revoke_leaves_nothing_alive(server: RunningServer) -> None:
    """security.md, fault matrix: none after revoke."""
    rp = arrange(server, public=True)
    token = rp.tokens()["refresh_token"]
    turns = iter(range(AT_ONCE))

    def act() -> Heard:
        mine = apart(rp)
        return mine.revoke(token) if next(turns) % 10 == 3 else mine.refresh(token)

    answers = together(act)
    assert all(answer.status in (200, 400) for answer in answers)
    given = [answer.json for answer in answers if answer.ok and answer.body]
    for tokens in given:
        assert rp.userinfo(tokens["access_token"]).status == 401
        assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant"


@pytest.mark.parametrize("rounds", [5])
def test_two_identical_retries_at_once_never_make_two_branches(server: RunningServer, rounds: int) -> None:
    rp = arrange(server, public=True)
    for _ in range(rounds):
        token = rp.tokens()["refresh_token"]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _, token=token: apart(rp).refresh(token), range(2)))  # type: ignore[misc]
        successors = {answer.json["refresh_token"] for answer in answers if answer.ok}
        assert len(successors) == 1
        assert rp.refresh(successors.pop()).ok
