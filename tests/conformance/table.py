"""Writes docs/conformance.md: ``python -m tests.conformance.table`` runs the kit and, when all of it passed, renews the table."""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from tests.conformance.plans import PLANS, Plan

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "conformance.md"
_HEAD = """\
# Conformance

The OpenID Foundation's [conformance suite](https://gitlab.com/openid/conformance-suite) decides whether a provider may call itself
certified. For each module of the plans that fit a provider of the code flow, a test of our own checks what the module checks, against
the running server over real HTTP: `tests/conformance/`. This is no certification, and it does not replace a run of the suite against
an installation with https.

Renew this page with `python -m tests.conformance.table`, which runs the kit and writes only when everything passed.

What to configure for the suite itself: static clients without PKCE (`idp client create ... --no-require-pkce`), or for its dynamic
clients an initial access token of the policy `compatible` (`idp registration-token create --policy compatible --government CODE
--uses 1000`), since the plans of OpenID Connect send no PKCE. The plans of FAPI 2.0 take static clients with the profile
(`--profile fapi2-security-profile`, `--profile fapi2-message-signing`); an initial access token of the policy `fapi2-security` or
`fapi2-signing` gives it to dynamic ones. Claims nobody has a value for (`picture`, `zoneinfo`, ...) are left out,
of which the suite's scope modules warn. Nobody's postal address is kept, so `address` is not among `scopes_supported`, and the suite skips
`oidcc-scope-address` and `oidcc-scope-all`; the tests named here ask for it all the same and see that nothing comes of it.
"""


def tests_of() -> Mapping[str, list[str]]:
    """Module of the suite: the tests that make its checks, read from their marks."""
    found: dict[str, list[str]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for name, function in vars(import_module(f"tests.conformance.{path.stem}")).items():
            for mark in getattr(function, "pytestmark", ()):
                for module in mark.args if mark.name == "module" else ():
                    found.setdefault(module, []).append(f"{path.name}::{name}")
    return found


def page() -> str:
    """The page as it is when the whole kit passes."""
    tests = tests_of()
    return _HEAD + "".join(line for plan in PLANS for line in _section(plan, tests))


def _section(plan: Plan, tests: Mapping[str, list[str]]) -> Iterator[str]:
    yield f"\n## {plan.name}\n\nVariants: {plan.variants}.\n\n| module | test | result |\n|---|---|---|\n"
    for module in plan.modules:
        if module in plan.absent:
            yield f"| {module} | - | not offered: {plan.absent[module]} |\n"
        else:
            yield f"| {module} | {', '.join(f'`{test}`' for test in tests[module])} | passed |\n"


def main() -> int:
    """Run the kit; write the page."""
    result = pytest.main([str(HERE), "-q", "-n", "0", "--deselect", "tests/conformance/test_table.py"])
    if result != pytest.ExitCode.OK:
        return int(result)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
