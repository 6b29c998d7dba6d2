"""The decision table, without app or database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.interaction.decide import CHECKS, Ask, Issue, Page, Refuse, next_step
from idp.interaction.facts import Facts, SessionFacts
from tests.spec import spec

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SESSION = SessionFacts("p1", "sub-1", NOW - timedelta(minutes=5), 2)
SHARED = Facts(
    now=NOW,
    asked_at=NOW,
    prompt=frozenset(),
    max_age=None,
    hint_subject=None,
    wanted_rank=0,
    session=SESSION,
    shared_covers=True,
    shared_at=NOW - timedelta(days=1),
)


def asks(facts: Facts) -> Page | None:
    step = next_step(facts)
    return step.page if isinstance(step, Ask) else None


def error_of(facts: Facts) -> str | None:
    step = next_step(replace(facts, prompt=facts.prompt | {"none"}))
    return step.error if isinstance(step, Refuse) else None


def test_a_live_session_and_nothing_to_ask_issues() -> None:
    assert isinstance(next_step(SHARED), Issue)


@spec("OIDC Core", "3.1.2.1")
def test_prompt_none_tells_its_reasons_apart() -> None:
    assert error_of(replace(SHARED, session=None)) == "login_required"
    assert error_of(replace(SHARED, max_age=60)) == "login_required"
    assert error_of(replace(SHARED, wanted_rank=2, session=replace(SESSION, rank=1))) == "interaction_required"
    assert error_of(replace(SHARED, shared_covers=False)) == "consent_required"
    assert error_of(SHARED) is None


@spec("OIDC Core", "3.1.2.1")
def test_prompt_login_is_done_exactly_once() -> None:
    before = replace(SHARED, prompt=frozenset({"login"}))
    assert asks(before) is Page.SIGN_IN_AGAIN
    assert isinstance(next_step(replace(before, session=replace(SESSION, auth_time=NOW))), Issue)


@spec("OIDC Core", "3.1.2.1")
@pytest.mark.parametrize(("age", "max_age", "again"), [(60, 60, False), (61, 60, True), (1, 0, True), (0, 0, False)])
def test_max_age_counts_from_the_true_time_of_authentication(age: int, max_age: int, again: bool) -> None:
    facts = replace(SHARED, max_age=max_age, session=replace(SESSION, auth_time=NOW - timedelta(seconds=age)))
    assert (asks(facts) is Page.SIGN_IN_AGAIN) is again


def test_who_signs_in_slowly_is_fresh_enough() -> None:
    later = replace(SHARED, now=NOW + timedelta(minutes=9), max_age=0, session=replace(SESSION, auth_time=NOW))
    assert isinstance(next_step(later), Issue)


@spec("OIDC Core", "3.1.2.2")
def test_a_hint_that_names_another_person_is_login_required() -> None:
    facts = replace(SHARED, hint_subject="sub-2")
    assert next_step(facts) == Refuse("login_required", "hint_names_another_person")
    assert isinstance(next_step(replace(SHARED, hint_subject="sub-1")), Issue)


def test_select_account_asks_until_one_was_chosen() -> None:
    facts = replace(SHARED, prompt=frozenset({"select_account"}))
    assert asks(facts) is Page.SELECT_ACCOUNT
    assert error_of(facts) == "account_selection_required"
    assert isinstance(next_step(replace(facts, selected_at=NOW)), Issue)


def test_no_access_is_told_with_its_reason_and_nothing_is_asked() -> None:
    facts = replace(SHARED, access="access.other_government", shared_covers=False)
    assert next_step(facts) == Refuse("access_denied", "access.other_government")


@spec("RFC 9470", "4")
def test_a_stronger_level_asks_for_the_second_factor_and_one_we_do_not_offer_is_refused() -> None:
    weak = replace(SHARED, session=replace(SESSION, rank=1))
    assert asks(replace(weak, wanted_rank=2)) is Page.STEP_UP
    assert asks(replace(weak, demanded_rank=2)) is Page.STEP_UP
    assert next_step(replace(weak, wanted_rank=3)) == Refuse("unmet_authentication_requirements", "assurance_not_offered")


def test_data_shared_is_shown_once_and_again_when_asked() -> None:
    assert asks(replace(SHARED, shared_covers=False)) is Page.DATA_SHARED
    assert isinstance(next_step(replace(SHARED, shared_covers=False, first_party=True)), Issue)
    again = replace(SHARED, prompt=frozenset({"consent"}))
    assert asks(again) is Page.DATA_SHARED
    assert isinstance(next_step(replace(again, shared_at=NOW)), Issue)


FACTS = st.builds(
    Facts,
    now=st.just(NOW),
    asked_at=st.just(NOW),
    prompt=st.frozensets(st.sampled_from(["login", "consent", "select_account"])),
    max_age=st.none() | st.integers(0, 1000),
    hint_subject=st.none() | st.sampled_from(["sub-1", "sub-2"]),
    wanted_rank=st.integers(0, 3),
    session=st.none() | st.builds(SessionFacts, st.just("p1"), st.just("sub-1"), st.just(SESSION.auth_time), st.integers(1, 3)),
    demanded_rank=st.integers(1, 3),
    access=st.none() | st.just("access.person_disabled"),
    selected_at=st.none() | st.just(NOW),
    shared_covers=st.booleans(),
    shared_at=st.none() | st.just(NOW),
    first_party=st.booleans(),
)


@given(FACTS)
def test_nothing_is_issued_while_a_check_applies(facts: Facts) -> None:
    due = [check.reason for check in CHECKS if check.applies(facts)]
    assert isinstance(next_step(facts), Issue) == (not due)


@given(FACTS)
def test_prompt_none_never_shows_a_page(facts: Facts) -> None:
    assert not isinstance(next_step(replace(facts, prompt=facts.prompt | {"none"})), Ask)


@given(FACTS)
def test_nothing_is_issued_without_a_session_strong_enough(facts: Facts) -> None:
    if isinstance(next_step(facts), Issue):
        assert facts.session is not None and facts.session.rank >= facts.needed_rank and facts.access is None
