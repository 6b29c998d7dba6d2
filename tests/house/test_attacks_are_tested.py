"""The attack catalogue: each case is a test against the running server (`@spec("attacks.md", "R1")` in tests/attacks)."""

import re
from pathlib import Path

ATTACKS = Path(__file__).parents[1] / "attacks"
# The cases that every release survives, by group: redirects, codes, tokens, passwords, second factor, sessions, everything else.
_LAST = {"R": 5, "C": 8, "T": 7, "P": 6, "M": 8, "S": 7, "X": 7}
CASES = {f"{group}{number}" for group, last in _LAST.items() for number in range(1, last + 1)}
# What they attack does not exist yet: who administers whom.
AWAITED = {"X3", "X5"}


def test_every_attack_has_a_test() -> None:
    marked = {case for path in ATTACKS.glob("test_*.py") for case in re.findall(r'@spec\("attacks\.md", "(\w+)"\)', path.read_text())}
    assert marked >= CASES - AWAITED, sorted(CASES - AWAITED - marked)
    assert marked - CASES <= {f"O{number}" for number in range(1, 7)}, "a case that the catalogue does not have"
    assert len(CASES) == 48
