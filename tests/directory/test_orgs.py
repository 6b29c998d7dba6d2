from datetime import date

import pytest

from idp.directory.models import Unit
from idp.directory.orgs import NewUnit, regions
from idp.kernel.actor import OPERATOR
from idp.kernel.errors import Conflict, DomainError, Invalid
from tests.directory.conftest import House


def _unit(house: House, code: str, parent: Unit | None = None, government: str = "12.71") -> Unit:
    return house.orgs.add_unit(OPERATOR, NewUnit(government, code, f"Unit {code}", "dinas", parent.id if parent else None))


def test_the_34_governments_are_there_once(house: House) -> None:
    assert len(regions()) == len(house.orgs.governments()) == 34
    assert house.orgs.seed(OPERATOR) == 0
    medan = house.orgs.government("12.71")
    assert medan is not None
    assert (medan.name, medan.kind) == ("Kota Medan", "kota")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12.71", "12.71"),
        ("Kota Medan", "12.71"),
        ("KOTA MEDAN", "12.71"),
        ("Medan", "12.71"),
        ("Kab. Toba Samosir", "12.12"),
        ("Toba Samosir", "12.12"),
        ("Toba", "12.12"),
        ("Kabupaten Labuhan Batu", "12.10"),
        ("Labuhan Batu Selatan", "12.22"),
        ("Kota Pematang Siantar", "12.72"),
        ("Tanjung Balai", "12.74"),
        ("Padangsidempuan", "12.77"),
        ("Kota Padang Sidempuan", "12.77"),
        ("Provinsi Sumatera Utara", "12"),
        ("Samosir", "12.17"),
        ("Kabupaten Medan", None),
        ("Jakarta", None),
        ("", None),
    ],
)
def test_a_government_is_found_by_code_and_by_old_spellings(house: House, text: str, code: str | None) -> None:
    found = house.orgs.find_government(text)
    assert (found.code if found else None) == code


def test_units_make_a_tree_and_a_line_upwards(house: House) -> None:
    root = _unit(house, "dinkes")
    middle = _unit(house, "dinkes-1", root)
    leaf = _unit(house, "puskesmas", middle)
    assert set(house.orgs.line(leaf.id)) == {root.id, middle.id, leaf.id}
    assert house.orgs.line(root.id) == (root.id,)
    assert house.orgs.line() == ()


@pytest.mark.parametrize(
    "values",
    [
        {"government_code": "99"},
        {"code": "a b"},
        {"code": ""},
        {"name": ""},
        {"kind": "ministry"},
        {"parent_id": "none"},
    ],
)
def test_a_bad_unit_is_refused(house: House, values: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        house.orgs.add_unit(OPERATOR, NewUnit(**{"government_code": "12.71", "code": "a", "name": "A", **values}))


def test_a_code_is_unique_among_the_open_units_of_a_government(house: House) -> None:
    first = _unit(house, "dinkes")
    with pytest.raises(Conflict):
        _unit(house, "dinkes")
    _unit(house, "dinkes", government="12.72")
    house.orgs.close_unit(OPERATOR, first.id, day=date(2028, 1, 1))
    assert _unit(house, "dinkes").id != first.id
    assert house.orgs.unit_by_code("12.71", "dinkes").id != first.id


def test_a_parent_is_of_the_same_government(house: House) -> None:
    with pytest.raises(Invalid):
        _unit(house, "child", _unit(house, "parent", government="12.72"))


def test_a_unit_cannot_stand_below_itself(house: House) -> None:
    root = _unit(house, "a")
    leaf = _unit(house, "b", root)
    for parent in (leaf, root):
        with pytest.raises(Conflict):
            house.orgs.move_unit(OPERATOR, root.id, parent.id)
    house.orgs.move_unit(OPERATOR, leaf.id, None)
    assert house.orgs.move_unit(OPERATOR, root.id, leaf.id).parent_id == leaf.id


def test_a_successor_takes_over_what_stood_below(house: House) -> None:
    old, child = _unit(house, "old"), None
    child = _unit(house, "child", old)
    with pytest.raises(Conflict):
        house.orgs.close_unit(OPERATOR, old.id, day=date(2028, 1, 1))
    new = _unit(house, "new")
    closed = house.orgs.close_unit(OPERATOR, old.id, day=date(2028, 1, 1), successor_id=new.id)
    assert (closed.valid_to, closed.successor_id, child.parent_id) == (date(2028, 1, 1), new.id, new.id)
    with pytest.raises(Conflict):
        house.orgs.rename_unit(OPERATOR, old.id, "Again")
    codes = [unit.code for unit in house.orgs.units("12.71", day=date(2028, 1, 1))]
    assert codes == ["child", "new"]
    assert [unit.code for unit in house.orgs.units("12.71")] == ["child", "new", "old"]


def test_a_child_that_succeeds_takes_the_place_of_its_parent(house: House) -> None:
    top = _unit(house, "top")
    old = _unit(house, "old", top)
    child, sibling = _unit(house, "child", old), _unit(house, "sibling", old)
    house.orgs.close_unit(OPERATOR, old.id, day=date(2028, 1, 1), successor_id=child.id)
    assert (child.parent_id, sibling.parent_id) == (top.id, child.id)


def test_a_grandchild_or_the_unit_itself_cannot_succeed(house: House) -> None:
    old = _unit(house, "old")
    grandchild = _unit(house, "grandchild", _unit(house, "child", old))
    for successor in (grandchild, old):
        with pytest.raises(DomainError):
            house.orgs.close_unit(OPERATOR, old.id, day=date(2028, 1, 1), successor_id=successor.id)


def test_a_unit_ends_after_it_began(house: House) -> None:
    with pytest.raises(Invalid):
        house.orgs.close_unit(OPERATOR, _unit(house, "a").id, day=date(2000, 1, 1))


def test_a_new_name_keeps_the_id(house: House) -> None:
    unit = _unit(house, "a")
    assert house.orgs.rename_unit(OPERATOR, unit.id, "Dinas Baru") is unit
    assert house.orgs.unit(unit.id) is unit
