"""Every route declares who may reach it; nobody's own pages are public by oversight."""

import pytest

GUARDS = {"public", "signed_in", "fresh", "client_endpoint", "operator_token"}
# Below these, a page is somebody's own: it must ask who that is.
PRIVATE = ("/account", "/admin", "/developer")

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def _rules(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and not rule.endpoint.endswith(".static"):
            yield rule, app.view_functions[rule.endpoint]


def test_every_view_declares_its_guard(app):
    bare = {rule.rule: rule.endpoint for rule, view in _rules(app) if getattr(view, "__guard__", None) not in GUARDS}
    assert not bare, f"no guard of idp.web.guards on: {bare}"


def test_private_pages_ask_who_is_there(app):
    open_ = [rule.rule for rule, view in _rules(app) if rule.rule.startswith(PRIVATE) and view.__guard__ not in ("signed_in", "fresh")]
    assert not open_, open_


def test_private_pages_send_a_stranger_to_sign_in(app, client):
    for rule, view in _rules(app):
        if view.__guard__ in ("signed_in", "fresh") and "GET" in rule.methods and not rule.arguments:
            answer = client.get(rule.rule)
            assert answer.status_code in (302, 303), f"{rule.rule}: {answer.status_code}"
            assert answer.headers["Location"].startswith("/sign-in"), rule.rule


def test_only_machine_endpoints_do_without_csrf(app):
    """A page that takes a change from a browser without a token could be sent by any other page."""
    exempt = {rule.rule for rule, view in _rules(app) if getattr(view, "__csrf_exempt__", False)}
    assert all(app.view_functions[rule.endpoint].__guard__ == "client_endpoint" for rule, _ in _rules(app) if rule.rule in exempt)
    assert not any(path.startswith(PRIVATE) for path in exempt), exempt
