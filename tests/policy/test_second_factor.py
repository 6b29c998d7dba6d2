"""The strictest rule wins; administrators always need a second factor."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.policy.second_factor import RANKS, SUBJECTS, FactorFacts, Rule, applies, demand

NOW = datetime(2027, 3, 15, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(days=1), NOW + timedelta(days=1)
FACTS = FactorFacts("p1", "12.71", frozenset({"helpdesk"}), "PNS", "hr-app")


@pytest.mark.parametrize(
    ("subject", "value", "speaks"),
    [
        ("global", "", True), ("government", "12.71", True), ("government", "12.72", False), ("role", "helpdesk", True),
        ("role", "auditor", False), ("status", "PNS", True), ("status", "PPPK", False), ("client", "hr-app", True),
        ("client", "other", False), ("person", "p1", True), ("person", "p2", False),
    ],
)  # fmt: skip
def test_about_whom_a_rule_speaks(subject, value, speaks):
    assert applies(Rule(subject, value, "any", PAST), FACTS, NOW) is speaks


def test_no_rule_speaks_about_what_is_not_known():
    nobody = FactorFacts(None, None, frozenset(), None, None)
    assert not any(applies(Rule(subject, "", "any", PAST), nobody, NOW) for subject in SUBJECTS if subject != "global")


@pytest.mark.parametrize(
    ("starts", "ends", "speaks"),
    [(PAST, None, True), (NOW, None, True), (FUTURE, None, False), (PAST, FUTURE, True), (PAST, NOW, False), (PAST, PAST, False)],
)
def test_a_rule_holds_from_its_start_to_its_end(starts, ends, speaks):
    assert applies(Rule("global", "", "any", starts, ends), FACTS, NOW) is speaks


def test_the_default_stands_without_rules():
    assert demand(FACTS, [], NOW, default="none").rank == 1
    assert demand(FACTS, [], NOW, default="any").rank == 2
    assert demand(FACTS, [], NOW, default="any").reason == "default"


def test_an_administrator_always_needs_one():
    admin = FactorFacts("p1", None, frozenset({"auditor"}), None, None, administrative=True)
    found = demand(admin, [Rule("person", "p1", "none", PAST)], NOW, default="none")
    assert (found.rank, found.reason) == (2, "administrator")


def test_a_weaker_rule_does_not_weaken_a_stricter_one():
    rules = [Rule("government", "12.71", "none", PAST), Rule("global", "", "any", PAST)]
    assert demand(FACTS, rules, NOW, default="none").rank == 2
    assert demand(FACTS, rules, NOW, default="none").reason == "global"


def test_the_reason_names_the_rule():
    rules = [Rule("client", "hr-app", "phishing_resistant", PAST), Rule("global", "", "any", PAST)]
    found = demand(FACTS, rules, NOW, default="any")
    assert (found.rank, found.reason) == (3, "client:hr-app")


_RULES = st.lists(
    st.builds(
        Rule,
        subject=st.sampled_from(SUBJECTS),
        value=st.sampled_from(["", "12.71", "12.72", "helpdesk", "PNS", "hr-app", "p1"]),
        demand=st.sampled_from(list(RANKS)),
        starts_at=st.sampled_from([PAST, NOW, FUTURE]),
        ended_at=st.sampled_from([None, PAST, FUTURE]),
    )
)


@given(rules=_RULES, default=st.sampled_from(list(RANKS)), administrative=st.booleans())
def test_it_is_the_maximum_whatever_the_order(rules, default, administrative):
    facts = FactorFacts("p1", "12.71", frozenset({"helpdesk"}), "PNS", "hr-app", administrative)
    ranks = [RANKS[default], 2 if administrative else 1, *(RANKS[rule.demand] for rule in rules if applies(rule, facts, NOW))]
    assert demand(facts, rules, NOW, default=default).rank == max(ranks)
    assert demand(facts, rules[::-1], NOW, default=default).rank == max(ranks)
