"""Which domain may stand for a host."""

import pytest

from idp.kernel.domains import covers, is_registrable
from tests.spec import spec

HOST = "sso.sumutprov.go.id"


@spec("WebAuthn", "4")
@pytest.mark.parametrize("domain", [HOST, "sumutprov.go.id"])
def test_the_host_and_a_domain_of_ones_own_above_it(domain):
    assert covers(domain, HOST)


@pytest.mark.parametrize(("domain", "host"), [("localhost", "localhost"), ("127.0.0.1", "127.0.0.1"), ("example.com", "a.b.example.com"),
                                              ("sumut.id", "sso.sumut.id"), ("example.co.id", "sso.example.co.id")])  # fmt: skip
def test_others_that_may(domain, host):
    assert covers(domain, host)


@pytest.mark.parametrize("domain", [
    "", "id", "go.id", "GO.ID", "prov.go.id", "evil.test", "putprov.go.id", ".sumutprov.go.id", "sumutprov.go.id.", "*.go.id",
    "sumutprov.go.id:443", "https://sumutprov.go.id", "x.sso.sumutprov.go.id", "sumut prov.go.id", "sumutprov.go.id/", "SUMUTPROV.go.id",
])  # fmt: skip
def test_what_is_not_above_or_nobodys_own_does_not(domain):
    assert not covers(domain, HOST)


@pytest.mark.parametrize(("domain", "host"), [("0.0.1", "127.0.0.1"), ("co.uk", "sso.co.uk"), ("com", "example.com"),
                                              ("localhost", "a.localhost"), ("0.1", "10.0.0.1"), ("sch.id", "sman1.sch.id")])  # fmt: skip
def test_neither_addresses_nor_registries(domain, host):
    assert not covers(domain, host)


def test_a_name_that_nobody_could_register_is_none():
    assert not any(is_registrable(name) for name in ("a" * 64 + ".id", "-a.example.com", "a..com", "exa_mple.com", "é.com"))
