"""The letters, in both languages."""

from datetime import UTC, datetime

import pytest

from idp.mail.letters import LETTERS, write

ISSUER = "https://sso.example.go.id"
PARAMS = {
    "name": "Siti <b>",
    "link": f"{ISSUER}/reset/abc",
    "at": datetime(2026, 11, 24, 1, 0, tzinfo=UTC).isoformat(),
    "agent": "Mozilla/5.0 (Linux; Android 14) Chrome/130",
    "factor": "Ponsel",
    "ip": "10.1.2.3",
    "left": 2,
    "minutes": 60,
    "days": 7,
}


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("locale", ["id", "en"])
def test_every_letter_is_written_in_both_languages(letter: str, locale: str) -> None:
    written = write(letter, locale, PARAMS, installation_name="SSO", issuer=ISSUER)
    assert written.subject and "\n" not in written.subject
    assert written.text.startswith("Dear Siti <b>," if locale == "en" else "Yth. Siti <b>,")
    assert "Siti &lt;b&gt;" in written.html and "<b>" not in written.html
    assert f'<html lang="{locale}">' in written.html
    other = write(letter, "en" if locale == "id" else "id", PARAMS, installation_name="SSO", issuer=ISSUER)
    assert other.subject != written.subject


@pytest.mark.parametrize("letter", [name for name in LETTERS if name not in ("activation", "reset")])
def test_a_letter_leaves_out_what_it_was_not_told(letter: str) -> None:
    written = write(letter, None, {}, installation_name="SSO", issuer=ISSUER)
    assert "None" not in written.text and "None" not in written.html


def test_the_link_stands_in_text_and_html() -> None:
    written = write("reset", "id", PARAMS, installation_name="SSO", issuer=ISSUER)
    assert f"{ISSUER}/reset/abc" in written.text and f'href="{ISSUER}/reset/abc"' in written.html


def test_times_are_in_western_indonesian_time() -> None:
    assert "24 November 2026, 08.00 WIB" in write("new_device", "id", PARAMS, installation_name="SSO", issuer=ISSUER).text


@pytest.mark.parametrize("letter", ["activation", "reset"])
def test_a_letter_about_a_link_needs_one(letter: str) -> None:
    with pytest.raises(ValueError, match="link"):
        write(letter, "id", {}, installation_name="SSO", issuer=ISSUER)


def test_an_unknown_letter_is_an_error() -> None:
    with pytest.raises(ValueError, match="no letter"):
        write("ransom", "id", {}, installation_name="SSO", issuer=ISSUER)
