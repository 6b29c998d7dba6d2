"""Dynamic registration and management: tokens, policies, every member there and back."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from idp.clients.fetch import GuardedHttp
from idp.clients.metadata import DEVICE_GRANT
from idp.kernel.actor import OPERATOR
from tests.protocol.conftest import House
from tests.protocol.rich import API, declare
from tests.rp import FlaskWire, RelyingParty
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

CB = "https://app.example.org/cb"
PLAIN = {"redirect_uris": [CB]}
_POINT = {"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
EC = {"kty": "EC", "crv": "P-256", "kid": "k", **_POINT}


@dataclass
class Answer:
    status: int
    headers: Any
    json: Any


class Desk:
    """Somebody who registers clients."""

    def __init__(self, house: House, **token: Any) -> None:
        self.house = house
        given: dict[str, Any] = {"policy": "sandbox", "government": None, "uses": 5, "days": 30} | token
        with house.unit() as services:
            self.initial, self.token = services.registry.registration.create_token(OPERATOR, **given)

    def call(self, method: str, path: str, token: str | None, body: Any = None, content_type: str = "application/json") -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = body if isinstance(body, bytes | str) or body is None else json.dumps(body)
        answer = self.house.app.test_client().open(path, method=method, data=data, headers=headers, content_type=content_type)
        return Answer(answer.status_code, answer.headers, json.loads(answer.data) if answer.data else None)

    def register(self, **metadata: Any) -> Answer:
        return self.call("POST", "/register", self.token, PLAIN | metadata)

    def manage(self, method: str, client: dict[str, Any], body: Any = None, token: str | None = None) -> Answer:
        path = client["registration_client_uri"].removeprefix("http://localhost:8000")
        return self.call(method, path, token or client["registration_access_token"], body)


def changeable(client: dict[str, Any]) -> dict[str, Any]:
    """What a client sends back in an update."""
    ours = {"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"}
    return {name: value for name, value in client.items() if name not in ours}


@spec("RFC 7591", "3.2.1")
@spec("RFC 7591", "2")
def test_a_client_registers_and_signs_somebody_in(signed_in: House) -> None:
    answer = Desk(signed_in).register()
    made = answer.json
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert made["token_endpoint_auth_method"] == "client_secret_basic"
    assert made["grant_types"] == ["authorization_code"] and made["response_types"] == ["code"]
    assert made["client_secret_expires_at"] == 0 and made["client_id_issued_at"] > 0
    assert made["scope"] == "openid profile email"
    assert made["registration_client_uri"] == f"http://localhost:8000/register/{made['client_id']}"
    rp = RelyingParty(FlaskWire(signed_in.browser), FlaskWire(signed_in.app.test_client()), made["client_id"], CB, made["client_secret"])
    # Safe by default: nobody gets in until an operator says who.
    assert rp.begin().params["error"] == "access_denied"
    with signed_in.unit() as services:
        services.registry.assign(OPERATOR, made["client_id"], person_id=signed_in.person())
    assert rp.begin().location.startswith("/interaction/")  # not first-party: the person is asked


@spec("RFC 7591", "3")
def test_nobody_registers_without_a_live_token(house: House) -> None:
    desk = Desk(house, uses=1)
    for token in (None, "x", "irt_" + "x" * 43, desk.token + "x"):
        refused = desk.call("POST", "/register", token, PLAIN)
        assert (refused.status, refused.json["error"]) == (401, "invalid_token")
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert desk.register(redirect_uris=[]).status == 400  # a mistake uses nothing up
    assert desk.register().status == 201
    assert desk.register().status == 401
    late = Desk(house, days=1)
    house.clock.advance(seconds=86_401)
    assert late.register().status == 401
    revoked = Desk(house)
    made = revoked.register().json
    with house.unit() as services:
        assert services.registry.registration.revoke_token(OPERATOR, revoked.initial.id, disable_clients=True) == [made["client_id"]]
    assert revoked.register().status == 401
    assert revoked.manage("GET", made).status == 403


FULL: dict[str, Any] = {
    "client_name": "Arsip",
    "client_name#id": "Arsip Daerah",
    "client_uri": "https://app.example.org/",
    "redirect_uris": [CB, "https://app.example.org/cb2"],
    "post_logout_redirect_uris": ["https://app.example.org/out"],
    "token_endpoint_auth_method": "private_key_jwt",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "openid profile offline_access",
    "jwks": {"keys": [EC]},
    "subject_type": "public",
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "RS256",
    "backchannel_logout_uri": "https://app.example.org/bc",
    "frontchannel_logout_uri": "https://app.example.org/fc",
    "frontchannel_logout_session_required": True,
    "initiate_login_uri": "https://app.example.org/login",
    "require_pushed_authorization_requests": True,
    "require_signed_request_object": True,
    "request_object_signing_alg": "ES256",
    "request_uris": ["https://app.example.org/request.jwt"],
    "authorization_signed_response_alg": "ES256",
    "introspection_signed_response_alg": "ES256",
    "id_token_encrypted_response_alg": "ECDH-ES",
    "id_token_encrypted_response_enc": "A256GCM",
    "logo_uri": "https://app.example.org/logo.png",
    "policy_uri": "https://app.example.org/policy",
    "tos_uri": "https://app.example.org/tos",
    "software_id": "arsip",
    "software_version": "1.2",
    "contacts": ["dev@example.org"],
    "application_type": "web",
}


@spec("RFC 7592", "2.1")
@spec("RFC 7592", "3")
def test_every_member_comes_back_as_it_was_given(house: House) -> None:
    desk = Desk(house)
    made = desk.register(**FULL).json
    assert {name: made.get(name) for name in FULL} == FULL
    assert "client_secret" not in made
    again = desk.manage("GET", made).json
    assert again == made
    unknown = desk.register(**{"x_unknown": 1, "default_max_age": 5}).json
    assert "x_unknown" not in unknown


@spec("RFC 7592", "2.2")
@spec("RFC 7592", "5")
def test_an_update_replaces_everything_and_rotates_the_token(house: House) -> None:
    desk = Desk(house)
    made = desk.register(**FULL).json
    changed = changeable(made) | {"client_name": "Arsip Baru", "redirect_uris": ["https://app.example.org/new"]}
    del changed["contacts"], changed["userinfo_signed_response_alg"]
    new = desk.manage("PUT", made, changed).json
    assert new["client_name"] == "Arsip Baru" and new["redirect_uris"] == ["https://app.example.org/new"]
    assert "contacts" not in new and "userinfo_signed_response_alg" not in new
    assert new["registration_access_token"] != made["registration_access_token"]
    with house.unit() as services:
        client = services.registry.get(made["client_id"])
        assert client.redirect_uris == ("https://app.example.org/new",) and client.access == "assigned" and client.userinfo_alg is None
    secret = desk.manage("PUT", new, {"client_id": made["client_id"], **PLAIN}).json
    assert secret["client_secret"].startswith("sns_")


@spec("RFC 7592", "2")
def test_a_rotated_token_is_good_until_the_new_one_is_used_and_then_betrays_a_thief(house: House) -> None:
    desk = Desk(house)
    made = desk.register().json
    lost = desk.manage("PUT", made, changeable(made)).json  # imagine this answer lost
    again = desk.manage("GET", made)
    assert again.status == 200
    assert desk.manage("GET", lost).status == 401
    assert desk.manage("GET", again.json).status == 200
    assert desk.manage("GET", made).status == 401
    assert desk.manage("GET", again.json).status == 403  # disabled until an operator has looked
    with house.unit() as services:
        assert not services.registry.get(made["client_id"]).enabled


@spec("RFC 7592", "2.3")
def test_a_removed_client_is_gone(house: House) -> None:
    desk = Desk(house)
    made = desk.register().json
    gone = desk.manage("DELETE", made)
    assert (gone.status, gone.json) == (204, None)
    assert desk.manage("GET", made).status == 401
    asked = {"client_id": made["client_id"], "redirect_uri": CB, "response_type": "code"}
    assert house.browser.get("/authorize", query_string=asked).status_code == 400


@spec("RFC 7592", "2", "401")
def test_a_token_manages_its_own_client_only(house: House) -> None:
    desk = Desk(house)
    one, other = desk.register().json, desk.register().json
    for method in ("GET", "PUT", "DELETE"):
        for token in (other["registration_access_token"], desk.token, "x", "é"):
            assert desk.manage(method, one, changeable(one), token=token).status == 401
    assert desk.call("GET", "/register/nobody", one["registration_access_token"]).status == 401
    assert desk.call("GET", "/register/a%00b", one["registration_access_token"]).status in (401, 404)
    assert desk.manage("GET", one).status == 200


@spec("RFC 7592", "2.2", "MUST")
@pytest.mark.parametrize("change", [{"client_id": "other"}, {"client_secret": "mine-instead"}, {"registration_access_token": "x"}])
def test_an_update_cannot_name_what_is_ours(house: House, change: dict[str, str]) -> None:
    desk = Desk(house)
    made = desk.register().json
    assert desk.manage("PUT", made, changeable(made) | change).json["error"] == "invalid_client_metadata"
    assert desk.manage("PUT", made, changeable(made)).status == 200


@spec("RFC 7591", "3.2.2")
@spec("RFC 7591", "2.3")
@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"software_statement": "eyJ"}, "unapproved_software_statement"),
        ({"redirect_uris": ["https://app.example.org@evil.test/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example.org/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example.org/*"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://app.example.org/cb"}, "invalid_redirect_uri"),
        ({"redirect_uris": [1]}, "invalid_redirect_uri"),
        ({"scope": "openid nik"}, "invalid_client_metadata"),
        ({"scope": "openid roles"}, "invalid_client_metadata"),
        ({"scope": 5}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"grant_types": [DEVICE_GRANT]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"response_types": []}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "magic"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "invalid_client_metadata"),
        ({"jwks_uri": "http://127.0.0.1:1/"}, None),
        ({"jwks_uri": "http://169.254.169.254/"}, "invalid_client_metadata"),
        ({"jwks_uri": "https://10.0.0.1/"}, "invalid_client_metadata"),
        ({"jwks_uri": "file:///etc/passwd"}, "invalid_client_metadata"),
        ({"backchannel_logout_uri": "https://10.0.0.1/"}, "invalid_client_metadata"),
        ({"frontchannel_logout_uri": "https://evil.test/fc"}, "invalid_client_metadata"),
        ({"frontchannel_logout_session_required": "yes"}, "invalid_client_metadata"),
        ({"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
        ({"client_name": "a\x1b[31m"}, "invalid_client_metadata"),
        ({"client_name": "a" * 201}, "invalid_client_metadata"),
        ({"contacts": ["x"] * 11}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"subject_type": "private"}, "invalid_client_metadata"),
        ({"id_token_encrypted_response_enc": "A128CBC-HS256"}, "invalid_client_metadata"),
        ({"request_uris": ["https://10.0.0.1/r"]}, "invalid_client_metadata"),
        ({"sector_identifier_uri": "https://10.0.0.1/s"}, "invalid_client_metadata"),
        ({"application_type": "toaster"}, "invalid_client_metadata"),
    ],
)
def test_bad_metadata_is_refused_by_name(house: House, metadata: dict[str, Any], error: str | None) -> None:
    """Attacks R2, X1 and S6 at registration."""
    answer = Desk(house).register(**metadata)
    if error is None:
        assert answer.status == 201  # the tests allow loopback
        return
    assert (answer.status, answer.json["error"]) == (400, error), answer.json
    with house.unit() as services:
        assert services.registry.list() == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'"x"', b"[" * 60_000])
@spec("RFC 7591", "3.1")
def test_what_is_not_a_json_object_is_refused(house: House, body: bytes) -> None:
    desk = Desk(house)
    assert desk.call("POST", "/register", desk.token, body).json["error"] == "invalid_client_metadata"
    assert desk.call("POST", "/register", desk.token, PLAIN, "text/plain").json["error"] == "invalid_client_metadata"


def test_what_an_operator_decided_stays(house: House) -> None:
    desk = Desk(house)
    made = desk.register().json
    house.change(made["client_id"], access="everyone", min_acr="urn:sumut:acr:2", scopes="openid asn")
    new = desk.manage("PUT", made, changeable(made) | {"scope": "openid asn"}).json
    assert new["scope"] == "openid asn"
    with house.unit() as services:
        client = services.registry.get(made["client_id"])
    assert (client.access, client.min_acr, client.first_party) == ("everyone", "urn:sumut:acr:2", False)


def test_a_gateway_registers_clients_of_its_apis(house: House) -> None:
    desk = Desk(house, policy="gateway", resources=("https://api.example.org",))
    made = desk.register(grant_types=["client_credentials"], redirect_uris=[], scope="pajak:read").json
    assert made["response_types"] == []
    rp = RelyingParty(FlaskWire(house.browser), FlaskWire(house.app.test_client()), made["client_id"], "", made["client_secret"])
    answer = rp.token(grant_type="client_credentials", scope="pajak:read")
    assert answer.json["scope"] == "pajak:read"
    assert rp.token(grant_type="client_credentials", resource="https://other.example.org").error == "invalid_target"
    assert desk.register(scope="asn", grant_types=["client_credentials"], redirect_uris=[]).json["error"] == "invalid_client_metadata"


def test_it_is_advertised_and_closed_to_other_origins(house: House) -> None:
    """Attack S7."""
    desk = Desk(house)
    found = house.app.test_client().get("/.well-known/openid-configuration").json
    assert found["registration_endpoint"] == "http://localhost:8000/register"
    headers = {"Authorization": f"Bearer {desk.token}", "Origin": "https://app.example.org"}
    answer = house.app.test_client().post("/register", json=PLAIN, headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers


@spec("RFC 7636", "4.4.1", "MAY")
@spec("RFC 9700", "2.1.1")
def test_the_policy_for_older_libraries_demands_no_pkce_of_confidential_clients_alone(house: House) -> None:
    desk = Desk(house, policy="compatible")
    confidential, public = desk.register(), desk.register(token_endpoint_auth_method="none")
    assert confidential.json["scope"] == "openid profile email offline_access phone address"
    assert desk.register(scope="openid nik").status == 400
    with house.unit() as services:
        found = [services.registry.get(one.json["client_id"]).require_pkce for one in (confidential, public, Desk(house).register())]
    assert found == [False, True, True]
    assert desk.manage("PUT", confidential.json, changeable(confidential.json)).status == 200
    with house.unit() as services:
        assert services.registry.get(confidential.json["client_id"]).require_pkce is False  # an update does not turn it on


def test_a_sectors_document_is_fetched_once_and_while_nothing_waits(signed_in: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its server may take seconds: no transaction is open meanwhile, nothing is used up yet, and others can write."""
    desk, calls = Desk(signed_in), []

    def slowly(_self: GuardedHttp, url: str) -> Any:
        calls.append(url)
        with signed_in.unit() as services:  # another request; it would wait for a lock, and fail
            services.registry.registration.create_token(OPERATOR, policy="sandbox", government=None, uses=1, days=1)
            used.append(next(one.used for one in services.registry.registration.tokens() if one.id == desk.initial.id))
        return [CB] if len(calls) < 3 else []

    used: list[int] = []
    monkeypatch.setattr(GuardedHttp, "get_json", slowly)
    sector = {"sector_identifier_uri": "https://sector.example.org/uris.json"}
    client = desk.register(**sector).json
    assert (calls, used) == ([sector["sector_identifier_uri"]], [0])
    changed = desk.manage("PUT", client, changeable(client))
    assert changed.status == 200 and len(calls) == 2
    client = changed.json
    refused = desk.manage("PUT", client, changeable(client))
    assert (refused.status, refused.json["error"]) == (400, "invalid_client_metadata")
    assert desk.manage("GET", client).status == 200
    assert desk.register(**sector).json["error"] == "invalid_client_metadata"
    with signed_in.unit() as services:
        assert next(one.used for one in services.registry.registration.tokens() if one.id == desk.initial.id) == 1


def test_a_client_registers_for_types_of_the_apis_it_was_given(signed_in: House) -> None:
    """RFC 9396 section 10: what it may ask for depends on the initial access token, never on the metadata alone."""
    declare(signed_in)
    poor, desk = Desk(signed_in), Desk(signed_in, resources=(API,))
    wanted = {"authorization_details_types": ["surat"]}
    assert poor.register(**wanted).json["error"] == "invalid_client_metadata"
    assert desk.register(authorization_details_types=["rapat"]).json["error"] == "invalid_client_metadata"
    assert desk.register(authorization_details_types="surat").json["error"] == "invalid_client_metadata"
    client = desk.register(**wanted).json
    assert client["authorization_details_types"] == ["surat"]
    without = desk.manage("PUT", client, {name: value for name, value in changeable(client).items() if name not in wanted}).json
    assert "authorization_details_types" not in without


@spec("FAPI 2.0", "5.3.2.1", "SHALL")
@pytest.mark.parametrize("policy", ["fapi2-security", "fapi2-signing"])
def test_a_policy_gives_the_profile_that_no_metadata_can_say(house: House, policy: str) -> None:
    desk = Desk(house, policy=policy)
    keeps = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [EC]}}
    for broken, named in (
        ({}, "token_endpoint_auth_method"), ({**keeps, "token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        ({**keeps, "redirect_uris": ["http://127.0.0.1/cb"]}, "redirect_uris"),
        ({**keeps, "request_object_signing_alg": "RS256"}, "request_object"),
    ):  # fmt: skip
        refused = desk.register(**broken)
        assert (refused.status, named in refused.json["error_description"]) == (400, True), refused.json
        assert "FAPI 2.0" in refused.json["error_description"]
    made = desk.register(**keeps, profile=None).json
    assert made["require_pushed_authorization_requests"] is made["dpop_bound_access_tokens"] is True
    assert made["id_token_signed_response_alg"] == "ES256"
    changed = desk.manage("PUT", made, changeable(made) | {"profile": None, "require_pushed_authorization_requests": False}).json
    assert changed["require_pushed_authorization_requests"] is True
    with house.unit() as services:
        client = services.registry.get(made["client_id"])
    assert client.profile == {"fapi2-security": "fapi2-security-profile", "fapi2-signing": "fapi2-message-signing"}[policy]
    assert client.require_request_object is (policy == "fapi2-signing")
    plain = desk.manage("PUT", changed, changeable(changed) | {"token_endpoint_auth_method": "client_secret_basic", "jwks": None})
    assert plain.status == 400 and house.rp("other").client_id == "other"
