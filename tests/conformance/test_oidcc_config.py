"""What the plans oidcc-config and oidcc-3rdparty-init-login check."""

import re

import requests

from tests.conformance.conftest import Make, register
from tests.conformance.plans import module
from tests.conformance.suite import CALLBACK, HOME, Provider, check_refusal
from tests.spec import spec

LOGIN = f"{HOME}/initiate_login"
REQUIRED = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported", "subject_types_supported"}


@module("oidcc-discovery-endpoint-verification")
@spec("OIDC Discovery", "3")
def test_oidcc_discovery_endpoint_verification(provider: Provider) -> None:
    found = provider.metadata
    assert set(found) >= REQUIRED | {"id_token_signing_alg_values_supported"}
    assert found["issuer"] == provider.base
    assert "code" in found["response_types_supported"]
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert "RS256" in found["request_object_signing_alg_values_supported"]
    assert set(found["subject_types_supported"]) <= {"pairwise", "public"}
    assert "authorization_code" in found["grant_types_supported"]
    assert "openid" in found["scopes_supported"]
    assert all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", scope) for scope in found["scopes_supported"])
    assert all(re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", tag) for tag in found["ui_locales_supported"])
    for name in ("request_parameter_supported", "request_uri_parameter_supported", "claims_parameter_supported"):
        assert isinstance(found[name], bool)


@module("oidcc-discovery-endpoint-verification")
@spec("OIDC Discovery", "3")
def test_every_member_has_the_type_that_its_name_says(provider: Provider) -> None:
    for name, value in provider.metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(f"{provider.base}/"), name  # https wherever the issuer is
        elif name.endswith(("_supported", "_values")) and not isinstance(value, bool):
            assert isinstance(value, list), name
            assert value, name
            assert len(set(value)) == len(value), name
            assert all(isinstance(one, str) for one in value), name


@module("oidcc-discovery-endpoint-verification")
@spec("OIDC Core", "10.1")
def test_published_keys_are_public_and_named(provider: Provider) -> None:
    answer = requests.get(provider.metadata["jwks_uri"], timeout=10)
    keys = answer.json()["keys"]
    assert {key["kty"] for key in keys} >= {"RSA"}
    assert len({key["kid"] for key in keys}) == len(keys)
    assert not [key for key in keys if set(key) & {"d", "p", "q", "dp", "dq", "qi", "k"}]
    assert all(key["use"] == "sig" and key["alg"] for key in keys)


@module("oidcc-3rd_party-init-login")
@spec("OIDC Core", "4")
def test_oidcc_3rd_party_init_login(make: Make) -> None:
    rp = make("dynamic_client", initiate_login_uri=LOGIN)
    assert rp.registration["initiate_login_uri"] == LOGIN
    header = {"Authorization": f"Bearer {rp.registration['registration_access_token']}"}
    managed = requests.get(rp.registration["registration_client_uri"], headers=header, timeout=10)
    assert managed.status_code == 200
    assert managed.headers["Content-Type"].split(";")[0] == "application/json"
    assert managed.json()["initiate_login_uri"] == LOGIN


@module("oidcc-3rd_party-init-login-nohttps")
@spec("OIDC Registration", "2", "MUST")
def test_oidcc_3rd_party_init_login_nohttps(provider: Provider, initial_access_token: str) -> None:
    metadata = {"redirect_uris": [CALLBACK], "initiate_login_uri": LOGIN.replace("https:", "http:")}
    check_refusal(register(provider, initial_access_token, metadata), "invalid_client_metadata")
