"""The accept / reject table of the domain page, line by line."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from idp.directory.identifiers import Parsed, compare, digits_of, mask, parse_nik, parse_nip, parse_number
from idp.directory.vocabulary import IdentifierKind
from idp.kernel.errors import Invalid

TODAY = date(2027, 3, 15)
NIP = "198609262015051001"
PPPK = "199002142022212005"
NIK = "1271012609860001"

births = st.dates(date(1900, 1, 1), date(2012, 12, 31))
months = st.integers(1, 12).map(lambda month: f"{month:02d}")
contracts = st.integers(21, 29).map(str)
sequences = st.integers(1, 999).map(lambda number: f"{number:03d}")


@given(born=births, wait=st.integers(15, 60), mark=st.one_of(months, contracts), sex=st.sampled_from("12"), sequence=sequences)
def test_every_well_formed_number_is_accepted_and_read_back(born: date, wait: int, mark: str, sex: str, sequence: str) -> None:
    assume(born.year + wait <= TODAY.year + 1)
    parsed = parse_number(f"{born:%Y%m%d}{born.year + wait}{mark}{sex}{sequence}", TODAY)
    assert parsed.kind is (IdentifierKind.NIP if int(mark) <= 12 else IdentifierKind.NI_PPPK)
    assert (parsed.birthdate, parsed.sex) == (born, "male" if sex == "1" else "female")
    assert parsed.appointed == (born.year + wait, int(mark) if int(mark) <= 12 else None)


@given(st.text(max_size=30))
@example("")
@example("١٩٨٦٠٩٢٦٢٠١٥٠٥١٠٠١")
@example("1986092620150510⁰1")
@example("\x00" * 18)
@example("\ud800" * 18)
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    for parse in (parse_number, parse_nik):
        with suppress(Invalid):
            assert parse(text, TODAY).value.isascii()


@given(st.text("0123456789", min_size=16, max_size=18))
def test_any_digits_are_read_or_refused_and_never_break(text: str) -> None:
    for parse, size in ((parse_number, 18), (parse_nik, 16)):
        try:
            assert parse(text, TODAY).value == text
            assert len(text) == size
        except Invalid:
            pass


@given(st.lists(st.sampled_from([" ", ".", "-", "\u00a0", "\u2013", ""]), min_size=18, max_size=18))
def test_spaces_dots_and_dashes_do_not_count(separators: list[str]) -> None:
    written = "".join(digit + separator for digit, separator in zip(NIP, separators, strict=True))
    assert parse_number(written, TODAY).value == NIP


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("19860926201505100", "nip.length"),
        ("1986092620150510011", "nip.length"),
        ("19860926201505100a", "nip.length"),
        ("198609262015/05/1001", "nip.length"),
        ("198602302015051001", "nip.birthdate"),
        ("198613012015051001", "nip.birthdate"),
        ("198600012015051001", "nip.birthdate"),
        ("198609002015051001", "nip.birthdate"),
        ("000009262015051001", "nip.birthdate"),
        ("198609262015050001", "nip.sex"),
        ("198609262015053001", "nip.sex"),
        ("198609262000051001", "nip.appointed"),
        ("198609262029051001", "nip.appointed"),
        ("198609262015001001", "nip.mark"),
        ("198609262015131001", "nip.mark"),
        ("198609262015201001", "nip.mark"),
        ("198609262015301001", "nip.mark"),
        ("198609262015051000", "nip.sequence"),
    ],
)
def test_a_number_that_is_wrong_beyond_doubt_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_number(text, TODAY)
    assert refused.value.code == code
    assert text not in refused.value.sentence


@pytest.mark.parametrize("year", [2001, 2028])
def test_the_year_of_appointment_may_be_birth_plus_fifteen_and_next_year(year: int) -> None:
    assert parse_number(f"19860926{year}051001", TODAY).appointed == (year, 5)


@pytest.mark.parametrize("mark", [f"{mark:02d}" for mark in (*range(1, 13), *range(21, 30))])
def test_months_and_contract_frequencies_are_both_accepted(mark: str) -> None:
    assert parse_number(f"199002142022{mark}2005", TODAY).value


def test_a_pppk_is_refused_only_where_a_nip_and_nothing_else_is_wanted() -> None:
    assert parse_number(PPPK, TODAY).kind is IdentifierKind.NI_PPPK
    with pytest.raises(Invalid):
        parse_nip(PPPK, TODAY)
    assert parse_nip(NIP, TODAY).kind is IdentifierKind.NIP


@given(
    region=st.text("0123456789", min_size=6, max_size=6),
    born=st.dates(date(1930, 1, 1), date(2026, 12, 31)),
    woman=st.booleans(),
    serial=st.integers(1, 9999),
)
def test_a_nik_of_any_province_is_accepted(region: str, born: date, woman: bool, serial: int) -> None:
    parsed = parse_nik(f"{region}{born.day + 40 * woman:02d}{born:%m%y}{serial:04d}", TODAY)
    assert parsed.sex == ("female" if woman else "male")
    assert f"{parsed.birthdate:%d%m%y}" == f"{born:%d%m%y}"
    assert parsed.birthdate <= TODAY


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("127101260986001", "nik.length"),
        ("12710126098600011", "nik.length"),
        ("1271010009860001", "nik.birthdate"),
        ("1271013209860001", "nik.birthdate"),
        ("1271014009860001", "nik.birthdate"),
        ("1271017209860001", "nik.birthdate"),
        ("1271012600860001", "nik.birthdate"),
        ("1271012613860001", "nik.birthdate"),
        ("1271013102860001", "nik.birthdate"),
        ("1271012609860000", "nik.serial"),
    ],
)
def test_a_nik_that_is_wrong_beyond_doubt_is_refused_without_being_repeated(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_nik(text, TODAY)
    assert refused.value.code == code
    assert text not in str(refused.value)
    assert text not in repr(refused.value.params)


@pytest.mark.parametrize(("day", "good"), [("01", True), ("31", True), ("41", True), ("71", True), ("40", False), ("72", False)])
def test_the_day_of_a_nik_is_1_to_31_or_41_to_71(day: str, good: bool) -> None:
    try:
        parse_nik(f"127101{day}01860001", TODAY)
        assert good
    except Invalid:
        assert not good


def _nip() -> Parsed:
    return parse_number(NIP, TODAY)


@pytest.mark.parametrize(
    ("record", "warnings"),
    [
        ({}, ()),
        ({"birthdate": date(1986, 9, 26), "sex": "male", "appointed": date(2015, 5, 1), "employment_status": "PNS"}, ()),
        ({"birthdate": date(1986, 9, 27)}, ("birthdate_differs",)),
        ({"sex": "female"}, ("sex_differs",)),
        ({"appointed": date(2015, 6, 1)}, ("appointed_differs",)),
        ({"employment_status": "PPPK"}, ("status_differs",)),
    ],
)
def test_what_only_disagrees_with_the_record_is_a_warning(record: dict[str, object], warnings: tuple[str, ...]) -> None:
    assert compare(_nip(), None, **record) == warnings  # type: ignore[arg-type]


def test_a_nik_that_disagrees_is_a_warning() -> None:
    assert compare(_nip(), parse_nik(NIK, TODAY)) == ()
    assert compare(_nip(), parse_nik("1271016709860001", TODAY)) == ("nik_birthdate_differs", "nik_sex_differs")
    assert compare(None, parse_nik(NIK, TODAY), birthdate=date(1986, 9, 25), sex="female") == (
        "nik_birthdate_differs",
        "nik_sex_differs",
    )


def test_a_number_is_masked_as_the_domain_page_shows() -> None:
    assert mask("198609262015051001") == "19860926••••••••01"
    assert mask(NIK) == "••••••••••••••01"
    assert mask("su0123456789") == "su0123456789"


def test_a_parsed_number_does_not_show_itself() -> None:
    assert NIP not in repr(_nip())


def test_full_width_digits_are_digits() -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in NIP)
    assert digits_of(wide) == NIP


def test_a_birth_date_is_at_least_fifteen_years_ago_where_the_century_is_open() -> None:
    assert parse_nik("1271010101200001", TODAY).birthdate == date(1920, 1, 1)
    assert parse_nik("1271010101050001", TODAY).birthdate == date(2005, 1, 1)
    assert parse_nik("1271012902000001", TODAY).birthdate == date(2000, 2, 29)
    assert TODAY + timedelta(days=1) > parse_nik("1271011503270001", TODAY).birthdate
