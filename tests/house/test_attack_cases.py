"""Every case of the attack catalogue about passwords, second factors and sessions is attacked on the running server, and what is
legitimate beside it is shown to pass: a server that refuses everything would be safe and useless (O6)."""

import ast
import re

import pytest

from tests.house.source import ROOT

# The groups of attacks.md about people: passwords, second factors and recovery, sessions.
CASES = [f"P{n}" for n in range(1, 7)] + [f"M{n}" for n in range(1, 9)] + [f"S{n}" for n in range(1, 7)]
# The running server, or what stands on it.
STAGES = frozenset({"stage", "owner", "alice", "mallory"})
PASSES = re.compile(r"(?<!not )\b\w+\.is_in\(\)|== 303|303 ==|\.status_code == 200|\.ok\b|\.tokens\(|comes_in\(|count\(303\) == 1")


def _attacks() -> dict[str, list[tuple[str, bool]]]:
    """Case -> (test, whether something legitimate passes in it) of each test that attacks the running server."""
    found: dict[str, list[tuple[str, bool]]] = {}
    for path in sorted((ROOT / "tests/attacks").glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or not STAGES & {argument.arg for argument in node.args.args}:
                continue
            for case in _cases(node):
                found.setdefault(case, []).append((f"{path.name}::{node.name}", bool(PASSES.search(ast.unparse(node)))))
    return found


def _cases(test: ast.FunctionDef) -> list[str]:
    calls = [one for one in test.decorator_list if isinstance(one, ast.Call) and getattr(one.func, "id", "") == "spec"]
    words = [[word.value for word in call.args if isinstance(word, ast.Constant)] for call in calls]
    return [str(said[1]) for said in words if said[:1] == ["attacks.md"]]


ATTACKS = _attacks()


@pytest.mark.parametrize("case", CASES)
def test_each_case_is_attacked_and_lets_the_legitimate_pass(case: str) -> None:
    tests = ATTACKS.get(case, [])
    assert tests, f"no test attacks {case} on the running server"
    assert any(passes for _, passes in tests), f"{case}: nothing legitimate passes in {[name for name, _ in tests]}"


def test_a_wall_would_be_seen() -> None:
    """The words that show a positive control are not in a test that only refuses."""
    assert not PASSES.search("assert not visitor.is_in() and visitor.send(path).status_code == 400")
    assert PASSES.search("assert visitor.is_in()")
