"""A value that a process trusts for a while."""

from datetime import UTC, datetime, timedelta

from idp.kernel.kept import Kept

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_it_is_trusted_for_its_time_and_not_when_the_clock_goes_back():
    kept = Kept(timedelta(seconds=5), ())
    assert kept.get(NOW) is None and kept.last() == ()
    kept.put(("a",), NOW)
    for seconds, found in ((0, ("a",)), (4.9, ("a",)), (5, None), (60, None), (-1, None)):
        assert kept.get(NOW + timedelta(seconds=seconds)) == found, seconds
    assert kept.last() == ("a",), "a page in need still has it"


def test_what_is_empty_is_known_too():
    kept = Kept(timedelta(seconds=5), None)
    kept.put((), NOW)
    assert kept.get(NOW) == ()


def test_a_change_here_is_read_at_once():
    kept = Kept(timedelta(seconds=5), 0)
    kept.put(1, NOW)
    kept.forget()
    assert kept.get(NOW) is None and kept.last() == 1
