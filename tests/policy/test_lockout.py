"""How long guessing waits."""

import pytest

from idp.policy.lockout import DAY, MOST_FAILURES, SCHEDULES, Budget, delay, must_tell
from tests.spec import spec


@pytest.mark.parametrize("budget", [Budget.PASSWORD_FROM_SOURCE, Budget.CODE])
def test_the_first_delay_is_at_the_fifth_failure(budget):
    assert [bool(delay(budget, failures)) for failures in range(1, 7)] == [False] * 4 + [True] * 2


@spec("NIST SP 800-63B-4", "3.2.2")
@pytest.mark.parametrize("budget", [Budget.PASSWORD_FROM_SOURCE, Budget.PASSWORD_OF_ACCOUNT, Budget.CODE])
def test_after_a_hundred_failures_a_day_passes(budget):
    assert delay(budget, MOST_FAILURES - 1) < DAY
    assert delay(budget, MOST_FAILURES) == DAY
    assert delay(budget, 10**9) == DAY


@pytest.mark.parametrize("budget", list(Budget))
def test_delays_only_grow_and_always_end(budget):
    delays = [delay(budget, failures) for failures in range(20_000)]
    assert delays == sorted(delays)
    assert max(delays) <= DAY
    assert delays[SCHEDULES[budget].free] == 0


def test_wrong_codes_alarm_early_and_not_too_often():
    told = [failures for failures in range(1, 101) if must_tell(Budget.CODE, failures)]
    assert told == [5, *range(10, 101, 10)]
    assert not any(must_tell(Budget.PASSWORD_FROM_SOURCE, failures) for failures in range(200))
    assert [failures for failures in range(200) if must_tell(Budget.PASSWORD_OF_ACCOUNT, failures)] == [50, 100]
