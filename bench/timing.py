"""Does the time of an answer tell who has an account? (attacks P1, P2)  Run alone on an idle machine: python -m bench.timing

Interleaves names that exist and names that do not, and fails where somebody who only has a watch could tell them apart:
area under the curve >= 0.6, or medians further apart than the larger of 5 ms and 5 %.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from idp.db import migrate
from idp.kernel.actor import OPERATOR
from idp.wiring import Deps, Services
from tests.attacks.stage import Stage, Visitor
from tests.running import start_server

SAMPLES = 200


def area(one: list[float], other: list[float]) -> float:
    """How often a sample of one arm is slower than one of the other; 0.5 is a coin."""
    wins = sum((left > right) + 0.5 * (left == right) for left in one for right in other)
    share = wins / (len(one) * len(other))
    return max(share, 1 - share)


def _arms(ask: Callable[[str, int], None], known: list[str], unknown: list[str]) -> tuple[list[float], list[float]]:
    taken: tuple[list[float], list[float]] = ([], [])
    for number, names in enumerate(zip(known, unknown, strict=True)):
        order = (0, 1) if number % 2 else (1, 0)
        for arm in order:
            began = time.perf_counter()
            ask(names[arm], number)
            taken[arm].append(time.perf_counter() - began)
    return taken


def _judge(title: str, arms: tuple[list[float], list[float]]) -> bool:
    known, unknown = (median(arm) * 1000 for arm in arms)
    auc, gap = area(*arms), abs(known - unknown)
    good = auc < 0.6 and gap <= max(5.0, 0.05 * max(known, unknown))
    print(f"{title:32} known {known:7.1f} ms  unknown {unknown:7.1f} ms  area {auc:.3f}  {'ok' if good else 'TELLS'}")
    return good


def main() -> int:
    """Measure both doors; 1 when one of them tells."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'idp.db'}"
        migrate.upgrade(url)
        with start_server(url, folder, argon2_memory_kib=19456, argon2_time_cost=2) as server:
            deps = Deps.build(server.settings)
            with deps.database.unit() as session:
                Services(deps, session).organisations.seed(OPERATOR)
            stage = Stage(server, deps)
            known = [stage.human().username for _ in range(SAMPLES)]
            unknown = [f"orang.{number:010x}" for number in range(SAMPLES)]

            def visitors() -> list[tuple[Visitor, str]]:
                found = [stage.visitor(address=f"127.9.{index}.1") for index in range(8)]
                return [(one, one.token("/sign-in")) for one in found]

            pool = visitors()

            def sign_in(who: str, number: int) -> None:
                visitor, token = pool[number % len(pool)]
                visitor.send("/sign-in", {"csrf_token": token, "username": who, "password": "wrong wrong wrong"})

            def reset(who: str, number: int) -> None:
                visitor, token = pool[number % len(pool)]
                visitor.send("/forgot-password", {"csrf_token": token, "username": who})

            good = [_judge("sign-in, wrong password", _arms(sign_in, known, unknown))]
            good.append(_judge("forgotten password", _arms(reset, known, unknown)))
            deps.database.dispose()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
