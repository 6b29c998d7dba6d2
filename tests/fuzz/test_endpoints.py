"""Whatever is sent to a protocol endpoint: no server error, no redirect to a place nobody registered, no secret, an error of OAuth.

``make fuzz`` runs 10,000 cases for each endpoint (FUZZ_CASES), each time others; ``make test`` a small share, always the same.
"""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.cases import Case, Endpoint, changed
from tests.fuzz.endpoints import ENDPOINTS
from tests.fuzz.scene import Scene
from tests.spec import spec

CASES = int(os.environ.get("FUZZ_CASES") or 0)
_SHARE, _SHARE_HTTP = 60, 12
_ENDS = ("/logout", "/revoke", "/register/", "/interaction/")


def run(endpoint: Endpoint, scene: Scene, cases: int) -> Counter[int]:
    """Send so many cases; gives how often each status was answered, raises at the first answer that breaks a rule."""
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=cases, deadline=None, derandomize=not CASES, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(changed(endpoint))
    def send(case: Case) -> None:
        scene.begin()
        sent, credentials = case.made(scene)
        got = scene.wire.send(sent)
        statuses[got.status] += 1
        if got.status < 400 and sent.target.startswith(_ENDS):
            scene.lost()
        scene.law.judge(sent, got, errors=endpoint.errors, given=credentials if endpoint.errors is not None and got.status >= 400 else ())

    send()
    return statuses


@spec("attacks.md", "X7")
@spec("attacks.md", "O1")
@spec("attacks.md", "O3")
@spec("RFC 6749", "5.2")
@pytest.mark.timeout(0 if CASES else 300)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_whatever_is_sent_the_answer_is_one_of_the_protocol(
    scene: Scene, endpoint: Endpoint, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses = run(endpoint, scene, CASES or _SHARE)
    if CASES:
        with capsys.disabled():
            print(f"\n{endpoint.name}: {dict(sorted(statuses.items()))}")  # noqa: T201 - what a night's run shows
    # A fuzzer that is refused at the door proves nothing.
    assert endpoint.good <= set(statuses), statuses


@spec("attacks.md", "X7")
@pytest.mark.timeout(0 if CASES else 300)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_over_http_too(served: Scene, endpoint: Endpoint) -> None:
    run(endpoint, served, CASES // 20 or _SHARE_HTTP)
