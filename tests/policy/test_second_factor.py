"""The strictest rule wins; administrators always need a second factor."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.policy.explaining import explain
from idp.policy.second_factor import (
    LAST_SIGN_IN,
    RANKS,
    SUBJECTS,
    Exemption,
    FactorFacts,
    Rule,
    Spent,
    applies,
    demand,
    grace,
    speaks_about,
    stands,
)

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
    assert (found.rank, found.reason) == (4, "client:hr-app")


_RULE = st.builds(
    Rule,
    subject=st.sampled_from(SUBJECTS),
    value=st.sampled_from(["", "12.71", "12.72", "u1", "helpdesk", "PNS", "hr-app", "p1"]),
    demand=st.sampled_from(list(RANKS)),
    starts_at=st.sampled_from([PAST - timedelta(days=5), PAST, NOW, FUTURE]),
    ended_at=st.sampled_from([None, PAST, FUTURE]),
    id=st.sampled_from(["r1", "r2", "r3", "r4", "r5"]),
    application=st.sampled_from([None, "hr-app", "other"]),
    grace_days=st.sampled_from([None, 1, 3, 30]),
    grace_sign_ins=st.sampled_from([None, 1, 3]),
)
_RULES = st.lists(_RULE, unique_by=lambda rule: rule.id)
_FACTS = st.builds(
    FactorFacts,
    person_id=st.just("p1"),
    government=st.just("12.71"),
    roles=st.sampled_from([frozenset(), frozenset({"helpdesk"})]),
    status=st.just("PNS"),
    client_id=st.sampled_from([None, "hr-app"]),
    administrative=st.booleans(),
    unit_line=st.sampled_from([frozenset(), frozenset({"u1"})]),
    going_on=st.booleans(),
    spent=st.dictionaries(st.sampled_from(["r1", "r2", "r3"]), st.builds(Spent, st.integers(1, 3), st.sampled_from([PAST, NOW]))),
)
_EXEMPTIONS = st.lists(
    st.builds(
        Exemption,
        id=st.sampled_from(["e1", "e2"]),
        person_id=st.sampled_from(["p1", "p2"]),
        expires_at=st.sampled_from([PAST, FUTURE]),
        rule_id=st.sampled_from([None, "r1", "r2"]),
        application=st.sampled_from([None, "hr-app"]),
    ),
    max_size=3,
)
_DEFAULT = st.sampled_from(list(RANKS))


def _binding(rules, facts):
    return [RANKS[rule.demand] for rule in rules if applies(rule, facts, NOW) and grace(rule, facts, NOW) is None]


@given(rules=_RULES, facts=_FACTS, default=_DEFAULT)
def test_it_is_the_maximum_of_all_that_bind_whatever_the_order(rules, facts, default):
    ranks = [RANKS[default], 2 if facts.administrative else 1, *_binding(rules, facts)]
    found = demand(facts, rules, NOW, default=default)
    assert found.rank == max(ranks)
    assert demand(facts, rules[::-1], NOW, default=default) == found


@given(rules=_RULES, one_more=_RULE, facts=_FACTS, default=_DEFAULT, exemptions=_EXEMPTIONS)
def test_adding_a_rule_never_weakens(rules, one_more, facts, default, exemptions):
    before = demand(facts, rules, NOW, default=default, exemptions=exemptions)
    others = [rule for rule in rules if rule.id != one_more.id]
    without = demand(facts, others, NOW, default=default, exemptions=exemptions)
    after = demand(facts, [*others, one_more], NOW, default=default, exemptions=exemptions)
    assert after.rank >= without.rank
    assert before.rank >= without.rank


@given(rules=_RULES, facts=_FACTS, default=_DEFAULT, exemptions=_EXEMPTIONS)
def test_an_exception_never_frees_an_administrator_and_never_raises(rules, facts, default, exemptions):
    strict = demand(facts, rules, NOW, default=default)
    spared = demand(facts, rules, NOW, default=default, exemptions=exemptions)
    assert spared.rank <= strict.rank
    assert spared.rank >= 2 or not facts.administrative


@given(rules=_RULES, facts=_FACTS, default=_DEFAULT, exemptions=_EXEMPTIONS)
def test_an_explanation_names_what_decides(rules, facts, default, exemptions):
    found = explain(facts, rules, NOW, default=default, exemptions=exemptions)
    deciding = [one.rule.id for one in found.reasons if one.verdict == "decides"]
    assert deciding == ([found.demand.rule_id] if found.demand.rule_id else [])
    assert all(speaks_about(one.rule, facts) for one in found.reasons)
    assert all(RANKS[one.rule.demand] <= found.demand.rank for one in found.reasons if one.verdict in ("as_strict", "weaker"))


@given(rules=_RULES, facts=_FACTS, default=_DEFAULT)
def test_what_is_ahead_demands_more_and_comes_soonest_first(rules, facts, default):
    found = demand(facts, rules, NOW, default=default)
    assert all(one.rank > found.rank and one.binds_at > NOW for one in found.ahead)
    assert [one.binds_at for one in found.ahead] == sorted(one.binds_at for one in found.ahead)


def test_grace_in_days_ends_for_everybody_at_once():
    rule = Rule("global", "", "any", PAST, id="r1", grace_days=3)
    facts = FactorFacts("p1", None, frozenset(), None, None)
    during = demand(facts, [rule], NOW, default="none")
    assert (during.rank, during.ahead[0].binds_at) == (1, PAST + timedelta(days=3))
    assert demand(facts, [rule], PAST + timedelta(days=3), default="none").rank == 2


def test_grace_in_sign_ins_is_counted_and_the_last_one_goes_on_for_half_a_day():
    rule = Rule("global", "", "any", PAST, id="r1", grace_sign_ins=2)

    def rank(used, *, going_on=False, now=NOW):
        spent = {"r1": Spent(used, NOW)} if used else {}
        return demand(FactorFacts("p1", None, frozenset(), None, None, going_on=going_on, spent=spent), [rule], now, default="none").rank

    assert [rank(0), rank(1), rank(2)] == [1, 1, 2]
    assert rank(2, going_on=True, now=NOW + LAST_SIGN_IN - timedelta(seconds=1)) == 1
    assert rank(2, going_on=True, now=NOW + LAST_SIGN_IN) == 2
    assert rank(0, now=PAST + timedelta(days=30)) == 2  # it ends by itself, too


def test_a_rule_is_announced_a_while_before_it_starts():
    rule = Rule("global", "", "any", NOW + timedelta(days=15), id="r1")
    facts = FactorFacts("p1", None, frozenset(), None, None)
    assert demand(facts, [rule], NOW, default="none").ahead == ()
    assert demand(facts, [rule], NOW + timedelta(days=2), default="none").ahead[0].rule_id == "r1"
    assert not stands(rule, NOW)
