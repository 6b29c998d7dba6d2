"""An initial access token of three uses, a hundred registrations at once, over several worker processes: exactly three clients."""

import json
from collections import Counter

import requests

from idp.kernel.actor import OPERATOR
from tests.rp import Heard, HttpWire
from tests.running import RunningServer
from tests.spec import spec
from tests.tokens.test_races import AT_ONCE, together

BODY = json.dumps({"redirect_uris": ["https://app.example.org/cb"]})


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


@spec("RFC 7591", "3")
def test_no_more_clients_than_the_token_has_uses(server: RunningServer) -> None:
    with server.services() as services:
        _, token = services.registry.registration.create_token(OPERATOR, policy="sandbox", government=None, uses=3, days=1)
    answers = together(lambda: HttpWire(server.base).post("/register", BODY, headers(token)))
    assert Counter(answer.status for answer in answers) == {201: 3, 401: AT_ONCE - 3}
    assert len({answer.json["client_id"] for answer in answers if answer.status == 201}) == 3


@spec("RFC 7592", "2.2")
def test_one_of_many_updates_at_once_holds(server: RunningServer) -> None:
    with server.services() as services:
        _, token = services.registry.registration.create_token(OPERATOR, policy="sandbox", government=None, uses=1, days=1)
    made = HttpWire(server.base).post("/register", BODY, headers(token)).json
    rat, address = made["registration_access_token"], made["registration_client_uri"]
    body = json.dumps({"client_id": made["client_id"], "redirect_uris": ["https://app.example.org/cb"]})

    def update() -> Heard:
        answer = requests.put(address, body, headers=headers(rat), timeout=60)
        return Heard(answer.status_code, answer.headers, answer.content)

    # The token is good until its successor is used, so every update may be answered; the last answer's token alone lives on.
    answers = [answer for answer in together(update) if answer.status == 200]
    assert answers
    alive = [
        one for one in {answer.json["registration_access_token"] for answer in answers}
        if requests.get(address, headers=headers(one), timeout=60).status_code == 200
    ]  # fmt: skip
    assert len(alive) == 1
