"""A proof works once, whichever worker it reaches: on both databases, over HTTP."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.journeys import arrange
from tests.protocol.proofs import Prover
from tests.running import RunningServer
from tests.spec import spec

MANY = 100


@spec("RFC 9449", "11.1", "MUST")
def test_a_hundred_uses_of_one_proof_at_once_give_one_token(server: RunningServer) -> None:
    secret = arrange.application_without_people(server, "batch-dpop", dpop=True)
    headers = Prover(time.time, server.base).at_token()

    def use(_: int) -> tuple[int, str]:
        form = {"grant_type": "client_credentials"}
        answer = requests.post(f"{server.base}/token", form, headers=headers, auth=("batch-dpop", secret), timeout=60)
        return answer.status_code, answer.json().get("error", answer.json().get("token_type"))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(use, range(MANY)))
    assert answers.count((200, "DPoP")) == 1
    assert answers.count((400, "invalid_dpop_proof")) == MANY - 1
