"""The kept sign-in page is the page that would be rendered, and no two browsers share a token."""

import re

import pytest
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from idp.web.forms.signin import SignInForm, TypedSignIn
from idp.web.kept import KeptPages

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def test_a_kept_page_differs_only_in_token_and_way_back(app):
    first, second = app.test_client().get("/sign-in"), app.test_client().get("/sign-in?return_to=/account%22%3E%3Cb%3E")
    tokens = [set(_TOKEN.findall(answer.text)) for answer in (first, second)]
    assert [len(found) for found in tokens] == [1, 1]
    assert tokens[0] != tokens[1]
    assert "<b>" not in second.text
    one, other = (_TOKEN.sub("", answer.text) for answer in (first, second))
    assert re.sub(r'name="return_to" value="[^"]*"', "", one) == re.sub(r'name="return_to" value="[^"]*"', "", other)


def test_languages_and_notices_do_not_mix(app):
    client = app.test_client()
    indonesian = client.get("/sign-in").text
    client.set_cookie("idp_lang", "en")
    english, late = client.get("/sign-in").text, client.get("/sign-in?expired=1").text
    assert '<html lang="id">' in indonesian
    assert '<html lang="en">' in english
    assert "That took too long" in late
    assert "That took too long" not in client.get("/sign-in").text


def test_a_kept_page_is_rendered_once(app, randomness):
    asked = []

    def values():
        asked.append(gettext("Sign in"))
        return {"form": SignInForm(), "app": None, "again": False}

    with app.test_request_context("/sign-in"):
        pages = KeptPages(randomness)
        assert pages.page("key", "signin/sign_in.html", values) == pages.page("key", "signin/sign_in.html", values)
    assert len(asked) == 1


@pytest.mark.parametrize("name", ["siti", " siti ", "", "  ", "x" * 254, "x" * 255, " " * 300 + "x", "a\0b", "a\tb", "\ud800"])
@pytest.mark.parametrize("password", ["kata sandi", "", " ", "x" * 128, "x" * 129, "a\x01b"])
@pytest.mark.parametrize("shared", [None, "y", "", "false", "on"])
def test_what_is_typed_is_read_as_the_form_reads_it(app, name, password, shared):
    fields = {"username": name, "password": password} | ({} if shared is None else {"shared_computer": shared})
    with app.test_request_context("/sign-in", method="POST"):
        form = SignInForm(MultiDict(fields), meta={"csrf": False})
        expected = TypedSignIn(form.username.data, form.password.data, form.shared_computer.data) if form.validate() else None
        assert TypedSignIn.of(MultiDict(fields)) == expected
