"""Places of addresses, from a file made here."""

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from idp.authn.browsers.places import Places


@pytest.fixture
def places(tmp_path):
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoLite2-City", languages=["en", "id"])
    medan = {"city": {"names": {"en": "Medan"}}, "country": {"names": {"en": "Indonesia", "id": "Indonesia"}}}
    writer.insert_network(IPSet(["36.66.0.0/16"]), medan)
    writer.insert_network(IPSet(["8.8.8.0/24"]), {"country": {"names": {"en": "United States", "id": "Amerika Serikat"}}})
    path = tmp_path / "places.mmdb"
    writer.to_db_file(str(path))
    return Places(path)


def test_a_place_is_named_in_the_readers_language(places):
    assert places.name("36.66.1.2", "id") == "Medan, Indonesia"
    assert places.name("8.8.8.8", "id") == "Amerika Serikat" and places.name("8.8.8.8", "en") == "United States"


@pytest.mark.parametrize("ip", ["10.1.2.3", "127.0.0.1", "::1", "9.9.9.9", "nonsense", "", None, "2001:db8::1"])
def test_what_is_not_known_has_no_place(places, ip):
    assert places.name(ip, "id") is None


def test_without_a_file_nothing_is_known():
    assert Places(None).name("36.66.1.2", "id") is None
