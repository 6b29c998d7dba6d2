"""Discovery, RFC 8414 metadata, the JWK Set."""

import pytest

from idp.clients.metadata import DEVICE_GRANT, EXCHANGE_GRANT
from idp.protocol.conf import Conf
from idp.protocol.rfc8414_metadata import collect
from idp.protocol.rooms import ROOMS
from idp.tokens.ledger import Lifetimes
from tests.protocol.conftest import House
from tests.rp import FlaskWire
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@spec("OIDC Discovery", "3", "MUST")
@spec("RFC 8414", "2")
@spec("OIDC Discovery", "4")
@spec("RFC 8414", "3")
def test_discovery_names_endpoints_that_exist(house: House) -> None:
    wire = FlaskWire(house.app.test_client())
    found = wire.get("/.well-known/openid-configuration", {}).json
    assert found["issuer"] == "http://localhost:8000"
    routes = {str(rule) for rule in house.app.url_map.iter_rules()}
    for name, value in found.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert value.startswith("http://localhost:8000/")
            assert value.removeprefix("http://localhost:8000") in routes
    assert found["response_types_supported"] == ["code"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["request_parameter_supported"] is True
    assert found["require_pushed_authorization_requests"] is False
    assert found["request_uri_parameter_supported"] is True
    assert found["require_request_uri_registration"] is True
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert "none" not in found["id_token_signing_alg_values_supported"]
    own = {"authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT, EXCHANGE_GRANT}
    assert own == set(found["grant_types_supported"])
    assert found == wire.get("/.well-known/oauth-authorization-server", {}).json


def test_a_room_that_is_not_mounted_is_not_advertised(house: House) -> None:
    conf = Conf("https://sso.example.org", Lifetimes())
    without = collect(conf, [room for room in ROOMS if room.SPEC != "RFC 7636"])
    assert "code_challenge_methods_supported" not in without
    assert collect(conf, ROOMS)["code_challenge_methods_supported"] == ["S256"]


def test_the_bytes_are_cached_by_their_tag(house: House) -> None:
    wire = FlaskWire(house.app.test_client())
    for path in ("/.well-known/openid-configuration", "/jwks"):
        first = wire.get(path, {})
        assert "public" in first.headers["Cache-Control"]
        assert "max-age" in first.headers["Cache-Control"]
        again = wire.get(path, {"If-None-Match": first.headers["ETag"]})
        assert again.status == 304
        assert again.body == b""


@spec("RFC 7517", "4")
def test_the_key_set_is_public_only(house: House) -> None:
    """Attack T1."""
    answer = FlaskWire(house.app.test_client()).get("/jwks", {})
    keys = answer.json["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) >= 4
    for key in keys:
        assert key["use"] == "sig"
        assert key["alg"] in ("RS256", "ES256")
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key)
        assert key["kty"] in ("RSA", "EC")
