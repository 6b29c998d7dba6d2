"""The page about conformance says what the kit does: every module has its test, or a reason."""

from tests.conformance import table
from tests.conformance.plans import PLANS


def test_every_module_has_a_test_or_a_reason() -> None:
    tests = table.tests_of()
    for plan in PLANS:
        without = [module for module in plan.modules if module not in tests and module not in plan.absent]
        assert not without, f"{plan.name}: {without}"
        both = [module for module in plan.absent if module in tests]
        assert not both, f"{plan.name}: tested, and said not to be offered: {both}"


def test_every_test_is_of_a_module_that_a_plan_names() -> None:
    known = {module for plan in PLANS for module in plan.modules}
    assert set(table.tests_of()) <= known


def test_the_page_is_as_the_kit_is() -> None:
    assert table.PAGE.read_text(encoding="utf-8") == table.page(), "run: python -m tests.conformance.table"
