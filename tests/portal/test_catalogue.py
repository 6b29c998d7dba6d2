"""Where an application begins, and where it is found: by its registration alone, so that every process says the same."""

from dataclasses import replace

import pytest

from idp.clients.metadata import NewClient
from idp.kernel.actor import OPERATOR
from idp.portal.catalogue import home_of, start_of
from tests.spec import spec

ISSUER = "https://sso.sumutprov.go.id"
URIS = tuple(f"https://{name}.example.go.id/cb" for name in ("zulu", "mike", "alfa", "kilo"))


@pytest.fixture
def app(services):
    services.registry.create(OPERATOR, NewClient("app", "App", redirect_uris=URIS))
    return services.registry.find("app")


def test_without_a_start_page_it_is_the_first_registered_origin(app):
    assert home_of(app) == start_of(app, ISSUER) == "https://zulu.example.go.id"
    assert home_of(replace(app, redirect_uris=URIS[::-1])) == "https://kilo.example.go.id"
    assert home_of(replace(app, redirect_uris=("org.example.app:/cb", URIS[2]))) == "https://alfa.example.go.id"
    assert home_of(replace(app, home_uri="https://home.example.go.id/")) == "https://home.example.go.id/"
    assert home_of(replace(app, grants=frozenset({"client_credentials"}))) is None


@spec("OIDC Core 1.0", "4")
def test_a_sign_in_begins_where_the_application_begins_it(app):
    told = replace(app, initiate_login_uri="https://zulu.example.go.id/login", home_uri="https://home.example.go.id/")
    assert start_of(told, ISSUER) == (
        "https://zulu.example.go.id/login?iss=https%3A%2F%2Fsso.sumutprov.go.id&target_link_uri=https%3A%2F%2Fhome.example.go.id%2F"
    )
    assert home_of(told) == "https://home.example.go.id/", "to sign out there nobody is signed in first"
