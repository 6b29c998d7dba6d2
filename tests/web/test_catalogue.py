"""No page has an untranslated sentence, and the compiled catalogue is that of the text."""

import csv
import re
from pathlib import Path

import pytest

from tests.web import catalogue

TEMPLATES = sorted((catalogue.ROOT / "templates").rglob("*.html")) + sorted((catalogue.ROOT / "templates").rglob("*.txt"))
_TAG = re.compile(r"{#.*?#}|{% block shape %}.*?{% endblock %}|{{ issuer }}[\w/-]+|{%.*?%}|{{.*?}}|<[^>]*>|<!--.*?-->", re.S)
_PLAIN_WORD = re.compile(r"[A-Za-z]{3,}")


def test_every_sentence_is_in_the_catalogue_and_translated() -> None:
    stored = catalogue.stored("id")
    missing = [str(message.id) for message in catalogue.extracted() if message.id and message.id not in stored]
    assert missing == [], "run: python -m tests.web.catalogue"
    assert catalogue.untranslated(stored) == []


def test_no_translation_is_left_over() -> None:
    current = catalogue.extracted()
    assert [str(message.id) for message in catalogue.stored("id") if message.id and message.id not in current] == []


def test_placeholders_survive_translation() -> None:
    for message in catalogue.stored("id"):
        one = message.id[-1] if isinstance(message.id, tuple) else message.id
        other = message.string[0] if isinstance(message.string, tuple) else message.string
        assert set(re.findall(r"%\(\w+\)\w", str(one))) == set(re.findall(r"%\(\w+\)\w", str(other))) or not message.id, one


def test_the_compiled_catalogue_is_up_to_date() -> None:
    committed = (catalogue.TRANSLATIONS / "id/LC_MESSAGES/messages.mo").read_bytes()
    assert committed == catalogue.compiled(catalogue.stored("id")), "run: python -m tests.web.catalogue"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(catalogue.ROOT)))
def test_a_template_has_no_words_outside_gettext(path: Path) -> None:
    bare = _TAG.sub(" ", path.read_text())
    assert _PLAIN_WORD.findall(bare) == []


def test_the_vocabulary_binds() -> None:
    banned = ("password", "otentikasi", "kamu", "login", "logout")
    for message in catalogue.stored("id"):
        text = " ".join(message.string) if isinstance(message.string, tuple) else str(message.string)
        if message.id:
            assert not [word for word in banned if re.search(rf"\b{word}\b", text, re.I)], text


def test_sentences_of_the_vocabulary_are_used_as_given() -> None:
    vocabulary = Path(__file__).with_name("vocabulary.csv").read_text().splitlines()
    wanted = {row["english"]: row["indonesian"] for row in csv.DictReader(vocabulary)}
    for message in catalogue.stored("id"):
        if isinstance(message.id, str) and message.id in wanted:
            assert message.string == wanted[message.id], message.id


_WORDS_IN = re.compile(r"""\b(title|alt|placeholder|aria-label|content|download|label|data-(?:show|hide|label))=(["'])(.*?)\2""", re.S)
_NOT_WORDS = ("width=device-width, initial-scale=1", "light dark", "noindex", "width=device-width")
_JS_SENTENCE = re.compile(r"""(["'`])(?=[^"'`\n]*[A-Z][a-z]+ [a-z]+)[^"'`\n]*\1""")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(catalogue.ROOT)))
def test_an_attribute_has_no_words_outside_gettext(path: Path) -> None:
    plain = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", path.read_text(), flags=re.S)
    for name, _quote, value in _WORDS_IN.findall(plain):
        assert value.strip() in _NOT_WORDS or not _PLAIN_WORD.search(re.sub(r"\.(txt|json)$", "", value.strip())), (name, value)


@pytest.mark.parametrize("path", sorted((catalogue.ROOT / "idp/web/static").glob("*.js")), ids=lambda path: path.name)
def test_a_script_takes_its_words_from_the_page(path: Path) -> None:
    code = re.sub(r"//.*|/\*.*?\*/", "", path.read_text(), flags=re.S if "/*" in path.read_text() else 0)
    assert [found.group(0) for found in _JS_SENTENCE.finditer(code)] == []
