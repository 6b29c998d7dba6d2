"""Sectors that vouch for redirect URIs, keys that fit, and where the portal starts a sign-in."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from idp.clients.metadata import NewClient
from idp.clients.registry import Registry
from idp.clients.store import ClientStore
from idp.kernel.actor import OPERATOR, Actor
from idp.kernel.errors import Invalid, NotAllowed
from idp.portal.catalogue import initiated
from idp.wiring import Services
from tests.spec import spec

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
URIS = ("https://a.example.org/cb", "https://b.example.org/cb")
SECTOR = "https://sector.example.org/uris.json"


def _registry(services: Services, documents: Mapping[str, object]) -> Registry:
    deps = services.deps
    store = ClientStore(services.session)
    return Registry(store, services.audit, deps.clock, deps.randomness, deps.client_cache, fetch_json=documents.get)


@ON_SQLITE
@spec("OIDC Core", "8.1", "MUST")
def test_a_sector_lists_every_redirect_uri_and_gives_its_host(services: Services) -> None:
    registry = _registry(services, {SECTOR: [*URIS, "https://c.example.org/cb"]})
    made, _ = registry.create(OPERATOR, NewClient("many", redirect_uris=URIS, sector_identifier_uri=SECTOR))
    assert made.pairwise_sector == "sector.example.org"


@ON_SQLITE
@spec("OIDC Core", "8.1", "MUST")
@pytest.mark.parametrize("document", [None, {}, "x", [1], [URIS[0]]])
def test_a_sector_that_does_not_vouch_is_refused(services: Services, document: object) -> None:
    with pytest.raises(Invalid, match="sector_identifier_uri"):
        _registry(services, {SECTOR: document}).create(OPERATOR, NewClient("many", redirect_uris=URIS, sector_identifier_uri=SECTOR))


@ON_SQLITE
def test_who_may_not_register_makes_us_fetch_nothing(services: Services) -> None:
    """The restricted scope needs an approver: that is found out before anybody's server is called."""
    asked: list[str] = []
    deps, system = services.deps, Actor("system", id="registration")
    registry = Registry(
        ClientStore(services.session), services.audit, deps.clock, deps.randomness, deps.client_cache,
        fetch_json=lambda url: asked.append(url) or [*URIS],  # type: ignore[func-returns-value]
    )  # fmt: skip
    plain = NewClient("many", redirect_uris=URIS, sector_identifier_uri=SECTOR)
    registry.create(system, plain)
    restricted = replace(plain, scopes=("openid", "nik"))
    for refused in (lambda: registry.create(system, restricted), lambda: registry.replace(system, "many", restricted)):
        with pytest.raises(NotAllowed):
            refused()
    assert asked == [SECTOR]


@ON_SQLITE
def test_addresses_that_we_would_never_call_are_refused(services: Services) -> None:
    """Attack X1."""
    for uri in ("http://169.254.169.254/", "https://10.0.0.1/x", "file:///etc/passwd"):
        with pytest.raises(Invalid, match="cannot be called"):
            services.registry.create(OPERATOR, NewClient("far", redirect_uris=URIS, sector_identifier_uri=uri))


@ON_SQLITE
def test_encryption_needs_a_key_that_fits(services: Services) -> None:
    with pytest.raises(Invalid, match="public keys"):
        services.registry.create(OPERATOR, NewClient("sealed", redirect_uris=URIS, id_token_key_alg="ECDH-ES"))


@spec("OIDC Core", "4", "MUST")
def test_the_portal_starts_a_sign_in_with_the_issuer_and_where_to_go() -> None:
    issuer = "https://sso.example.org"
    assert initiated("https://a.example.org/start?x=1", issuer, "https://a.example.org/home") == (
        "https://a.example.org/start?x=1&iss=https%3A%2F%2Fsso.example.org&target_link_uri=https%3A%2F%2Fa.example.org%2Fhome"
    )
    assert initiated("https://a.example.org/start", issuer, None) == "https://a.example.org/start?iss=https%3A%2F%2Fsso.example.org"
    assert initiated(None, issuer, None) is None
