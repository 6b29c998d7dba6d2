"""Writes that wait for the commit: in the same transaction, in their order, and never left behind."""

import pytest
from sqlalchemy import String, bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError

from idp.authn.models import ThrottleCounter
from idp.db.lane import Prepared

_ADD = Prepared(insert(ThrottleCounter.__table__), columns=("key", "failures", "first_at", "last_at"))
_COUNT = text("SELECT count(*) FROM throttle_counters")


@pytest.fixture
def add(clock):
    return lambda unit, key: _ADD.later(unit, key=key, failures=1, first_at=clock.now(), last_at=clock.now())


def _count(database):
    with database.unit(read_only=True) as unit:
        return unit.execute(_COUNT).scalar_one()


def test_what_waits_is_written_with_the_commit(database, add):
    with database.unit() as unit:
        add(unit, "a")
        add(unit, "b")
        unit.commit()
        add(unit, "c")
    assert _count(database) == 3


def test_a_unit_sees_what_it_wrote(database, add):
    with database.unit() as unit:
        for number, key in enumerate("abc", start=1):
            add(unit, key)
            assert unit.execute(_COUNT).scalar_one() == number
        unit.rollback()
    assert _count(database) == 0


def test_what_waits_goes_with_a_unit_that_is_taken_back(database, add):
    with pytest.raises(ZeroDivisionError), database.unit() as unit:
        add(unit, "a")
        raise ZeroDivisionError
    with database.unit() as unit:
        add(unit, "a")
        unit.rollback()
    assert _count(database) == 0


def test_one_wrong_write_takes_back_the_unit_and_spoils_no_connection(database, add):
    for _ in range(3):
        with pytest.raises(IntegrityError), database.unit() as unit:
            for key in "abac":
                add(unit, key)
    with database.unit() as unit:
        for key in "aa":
            add(unit, key)
        with pytest.raises(IntegrityError):
            unit.execute(_COUNT)
        unit.rollback()
        add(unit, "d")
    assert _count(database) == 1


@pytest.mark.parametrize("way", ["core", "objects", "lane"])
def test_what_waits_stands_or_falls_with_what_it_tells_about(database, add, clock, way):
    """SQLAlchemy's commit is the driver's: were the record written after it, a change could stand without its record."""
    row = {"key": "change", "failures": 1, "first_at": clock.now(), "last_at": clock.now()}
    with pytest.raises(IntegrityError), database.unit() as unit:
        if way == "core":
            unit.execute(insert(ThrottleCounter).values(**row))
        elif way == "objects":
            unit.add(ThrottleCounter(**row))
        else:
            _ADD.run(unit, **row)
        add(unit, "record")
        add(unit, "record")
    assert _count(database) == 0


def test_what_waited_before_a_savepoint_outlives_it(database, add):
    with database.unit() as unit:
        add(unit, "a")
        with pytest.raises(ZeroDivisionError), unit.begin_nested():
            unit.execute(text("UPDATE throttle_counters SET failures = 9"))
            raise ZeroDivisionError
    assert _count(database) == 1


@pytest.mark.parametrize("count", [1, 39, 40, 200])
def test_a_statement_may_have_any_number_of_values(database, count):
    names = [f"value{number}" for number in range(count)]
    many = Prepared(select(*(bindparam(name, type_=String()).label(name) for name in names)))
    with database.unit(read_only=True) as unit:
        assert list(many.first(unit, **{name: name for name in names})) == names
