"""What a password must be."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.policy.passwords import Context, Rules, acceptable_input, normalise, problem
from tests.spec import spec

BLOCKED = frozenset({"password", "letmein", "danautoba", "iloveyou", "monkey"})
RULES = Rules(12, BLOCKED)
RINA = Context(
    names=("rina.siregar", "Rina Marpaung Siregar"),
    numbers=("198609262009012001",),
    birthdate=date(1986, 9, 26),
    organisation=("Kota Medan", "Dinas Komunikasi dan Informatika"),
)


@spec("NIST SP 800-63B-4", "3.1.1.2")
@pytest.mark.parametrize(
    "password",
    ["kudalautmenari", "ALLUPPERCASEWORDS", "semua huruf kecil", "🐎🌊🐠🍃🌋🏔️🛶🐟🌾🍂🦋🌙", "xxx7qpl0zmwk", "Siregar memancing di sungai"],
)
def test_nothing_is_asked_of_its_composition(password):
    assert problem(password, RULES, RINA) is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too_short"),
        ("elevenchars", "too_short"),
        ("a" * 129, "too_long"),
        ("nul\0in-the-middle", "too_long"),
        ("\ud800" * 15, "too_long"),
        ("password1234", "too_common"),
        ("2026password2026", "too_common"),
        ("P@ssw0rd!!!!!", "too_common"),
        ("passwordletmein", "too_common"),
        ("abababababab", "too_common"),
        ("aaaaaaaaaaaaab", "too_common"),
        ("abcdefghijklmnop", "too_common"),
        ("987654321098765", "too_common"),
        ("rina.siregar123", "contains_name"),
        ("R1na.S1regar!!", "contains_name"),
        ("kotamedan2026", "contains_organisation"),
        ("Dinas Informatika", "contains_organisation"),
        ("medan siregar kota", "contains_organisation"),
        ("x 19860926 2009 01 2 001", "contains_number"),
        ("kuda26091986laut", "contains_birthdate"),
        ("kuda-1986-09-26", "contains_birthdate"),
        ("kuda260986lau", "contains_birthdate"),
    ],
)
def test_why_not(password, reason):
    assert problem(password, RULES, RINA) == reason


def test_six_digits_of_a_birth_date_in_something_long_are_chance():
    assert problem("kuda laut 260986 menari di danau", RULES, RINA) is None


def test_the_minimum_counts_code_points():
    assert problem("é" * 3 + "kudalaut9", Rules(12), Context()) is None
    assert problem("e\u0301" * 3 + "kudalaut", Rules(12), Context()) == "too_short"


def test_both_unicode_spellings_are_one():
    assert normalise("cafe\u0301") == normalise("caf\u00e9")


@given(st.text())
def test_any_text_gets_an_answer(text):
    found = problem(text, RULES, RINA)
    assert found is None or found.startswith(("too_", "contains_"))
    assert acceptable_input(text) or found in ("too_short", "too_long")


@given(st.text(alphabet="kqxzjvwpfy0123456789 ", min_size=128, max_size=128))
def test_128_are_never_too_long(text):
    assert problem(text, RULES, RINA) not in ("too_long", "too_short")
