"""Every route declares who may reach it; nobody's own pages are public by oversight."""

import pytest

GUARDS = {"public", "signed_in", "fresh", "client_endpoint", "operator_token", "admin"}
# Below these, a page is somebody's own: it must ask who that is.
PRIVATE = ("/account", "/admin", "/developer")
# Pages that applications send browsers to by POST, as their specification says; what they ask a person is checked by itself.
SENT_BY_OTHERS = {"/authorize": "OIDC Core section 3.1.2.1", "/logout": "OIDC RP-Initiated Logout section 2"}

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def _rules(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and not rule.endpoint.endswith(".static"):
            yield rule, app.view_functions[rule.endpoint]


def test_every_view_declares_its_guard(app):
    bare = {rule.rule: rule.endpoint for rule, view in _rules(app) if getattr(view, "__guard__", None) not in GUARDS}
    assert not bare, f"no guard of idp.web.guards on: {bare}"


def test_private_pages_ask_who_is_there(app):
    open_ = [
        rule.rule for rule, view in _rules(app) if rule.rule.startswith(PRIVATE) and view.__guard__ not in ("signed_in", "fresh", "admin")
    ]
    assert not open_, open_


def test_the_administration_area_has_one_guard(app):
    """It asks for the second factor and the right of each page (ASVS 8.2.1); no other guard may stand in for it there."""
    other = [rule.rule for rule, view in _rules(app) if (rule.rule.startswith("/admin")) != (view.__guard__ == "admin")]
    assert not other, other


def test_private_pages_send_a_stranger_to_sign_in(app, client):
    for rule, view in _rules(app):
        if view.__guard__ in ("signed_in", "fresh", "admin") and "GET" in rule.methods and not rule.arguments:
            answer = client.get(rule.rule)
            assert answer.status_code in (302, 303), f"{rule.rule}: {answer.status_code}"
            assert answer.headers["Location"].startswith("/sign-in"), rule.rule


def test_only_what_must_does_without_csrf(app):
    """A page that takes a change from a browser without a token could be sent by any other page."""
    exempt = {rule.rule: view.__guard__ for rule, view in _rules(app) if getattr(view, "__csrf_exempt__", False)}
    assert {path for path, guard in exempt.items() if guard != "client_endpoint"} <= SENT_BY_OTHERS.keys(), exempt


@pytest.mark.parametrize("path", ["/logout", "/sign-in"])
def test_a_form_is_not_taken_from_another_page(client, path):
    """/logout may be asked for by an application, but the person's own "yes" must come from our page."""
    assert client.post(path, data={"confirm": "1"}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(path, data={"confirm": "1"}).status_code in (400, 403)
