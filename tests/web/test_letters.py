"""The letters, in both languages."""

import re
from datetime import UTC, datetime
from html import unescape

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
    "person": "Siti <b>",
    "answer": "Sudah <i>",
    "accepted": True,
    "failed": False,
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


def _words(markup: str) -> str:
    body = re.sub(r"<title>.*?</title>", "", markup)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("locale", ["id", "en"])
def test_the_text_says_all_that_the_page_says(letter: str, locale: str) -> None:
    written = write(letter, locale, PARAMS, installation_name="SSO", issuer=ISSUER)
    text, page = " ".join(written.text.split()), _words(written.html)
    for paragraph in re.findall(r"<p [^>]*>(.*?)</p>", written.html, re.S):
        said = _words(paragraph)
        if said != "SSO" and "inline-block" not in paragraph:  # the head of the page; a button, whose address stands below it
            assert said in text, said
    for line in (line.strip() for line in written.text.splitlines()):
        if line and line != "--" and ": " not in line:
            assert " ".join(line.split()) in page, line


@pytest.mark.parametrize("letter", LETTERS)
def test_a_subject_tells_no_secret_and_links_lead_to_the_issuer(letter: str) -> None:
    written = write(letter, "id", PARAMS, installation_name="SSO", issuer=ISSUER)
    assert not {word for word in ("abc", "http", "Siti", "10.1.2.3") if word in written.subject}
    assert all(address.startswith(ISSUER) for address in re.findall(r'href="([^"]+)"', written.html))


def test_a_letter_about_a_new_device_carries_the_link_that_denies_it() -> None:
    link = f"{ISSUER}/not-me/abc"
    written = write("new_device", "en", {**PARAMS, "link": link}, installation_name="SSO", issuer=ISSUER)
    assert link in written.text and f'href="{link}"' in written.html and "/account/password" not in written.text


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("given", [PARAMS, {**PARAMS, "link": None, "token": "abc"}], ids=["link", "no link"])
def test_every_paragraph_is_opened_and_closed(letter: str, given: dict[str, object]) -> None:
    page = write(letter, "id", given, installation_name="SSO", issuer=ISSUER).html
    depth = 0
    for tag in re.findall(r"<(/?p)[ >]", page):
        depth += -1 if tag == "/p" else 1
        assert depth in (0, 1), page
    assert depth == 0
