"""Every value that discovery names is true: used once it works, and what is not named is refused. A member without a test here fails."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from joserfc.jwk import Key, OKPKey

from idp.directory.orgs import NewUnit
from idp.kernel.actor import OPERATOR
from tests.protocol.conftest import House
from tests.protocol.proofs import Prover
from tests.protocol.rich import declare
from tests.protocol.signing import JWKS, KEY, RSA, proof, request_object
from tests.rp import FlaskWire, header, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ED = OKPKey.generate_key("Ed25519", {"kid": "e1"}, private=True)
KEYS = {"keys": [*JWKS["keys"], ED.as_dict(private=False)]}
KEY_OF: dict[str, Key] = {"RS256": RSA, "PS256": RSA, "ES256": KEY, "EdDSA": ED, "Ed25519": ED}
_PLACES = {"token": "/token", "introspection": "/introspect", "revocation": "/revoke"}
ENDPOINTS = {
    "authorization_endpoint": "GET", "token_endpoint": "POST", "revocation_endpoint": "POST", "jwks_uri": "GET",
    "registration_endpoint": "POST", "introspection_endpoint": "POST",
    "device_authorization_endpoint": "POST", "pushed_authorization_request_endpoint": "POST",
    "userinfo_endpoint": "GET", "end_session_endpoint": "GET",
}  # fmt: skip


def found(house: House) -> dict[str, Any]:
    answer: dict[str, Any] = FlaskWire(house.app.test_client()).get("/.well-known/openid-configuration", {}).json
    return answer


def endpoints(house: House, said: dict[str, Any]) -> None:
    for name, method in ENDPOINTS.items():
        answer = house.app.test_client().open(said[name].removeprefix(said["issuer"]), method=method)
        assert answer.status_code not in (404, 405, 500), name


def response_modes(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("modes", response_alg="ES256")
    for mode in said["response_modes_supported"]:
        params = rp.begin(response_mode=mode).params
        assert ("response" if "jwt" in mode else "code") in params, mode
    assert rp.begin(response_mode="fragment").params["error"] == "invalid_request"


def response_types(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("types")
    assert said["response_types_supported"] == ["code"]
    assert rp.code()
    for other in ("token", "id_token", "code id_token", "none"):
        assert rp.begin(response_type=other).params["error"] == "unsupported_response_type"


def grants(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("grants")
    for grant in said["grant_types_supported"]:
        assert rp.token(grant_type=grant).error != "unsupported_grant_type", grant
    for other in ("password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"):
        assert rp.token(grant_type=other).error == "unsupported_grant_type", other


def methods(house: House, said: dict[str, Any]) -> None:
    """Each method of each endpoint authenticates, and a method that is not named there does not."""
    for number, method in enumerate(said["token_endpoint_auth_methods_supported"]):
        if method.endswith("tls_client_auth"):
            continue  # `certificates` below: they need a provider that certificates can reach
        keys = {"jwks": KEYS} if method == "private_key_jwt" else {}
        rp = house.rp(f"method{number}", auth_method=method, **keys)
        for endpoint, own in (("token", {"grant_type": "refresh_token", "refresh_token": "x"}), ("introspection", {}), ("revocation", {})):
            form = {"token": "x", **own} | (proof(house, rp.client_id, f"{number}{endpoint}") if keys else {})
            heard = rp.call(_PLACES[endpoint], form)
            named = method in said[f"{endpoint}_endpoint_auth_methods_supported"]
            assert (b"invalid_client" not in heard.body) is named, (method, endpoint, heard.text)


def signed_assertions(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("asserts", auth_method="private_key_jwt", jwks=KEYS)
    form = {"token": "x", "grant_type": "refresh_token", "refresh_token": "x"}
    for name, path in _PLACES.items():
        for alg in said[f"{name}_endpoint_auth_signing_alg_values_supported"]:
            heard = rp.call(path, form | proof(house, rp.client_id, f"{name}{alg}", KEY_OF[alg], alg))
            assert b"invalid_client" not in heard.body, (name, alg)
        assert rp.call(path, form | proof(house, rp.client_id, f"{name}-", RSA, "RS512")).error == "invalid_client"


def request_objects(house: House, said: dict[str, Any]) -> None:
    for alg in said["request_object_signing_alg_values_supported"]:
        rp = house.rp(f"object-{alg}", jwks=KEYS, request_object_alg=alg)
        signed = request_object(house, rp, KEY_OF[alg], alg)
        assert "code" in rp.browser.get(f"/authorize?client_id={rp.client_id}&request={signed}", {}).params, alg


def our_signatures(house: House, said: dict[str, Any]) -> None:
    accept = {"Accept": "application/token-introspection+jwt"}
    members = ("id_token_signing", "userinfo_signing", "introspection_signing", "authorization_signing")
    assert len({tuple(said[f"{member}_alg_values_supported"]) for member in members}) == 1
    for alg in said["id_token_signing_alg_values_supported"]:
        rp = house.rp(f"signed-{alg}", id_token_alg=alg, userinfo_alg=alg, introspection_alg=alg, response_alg=alg)
        tokens = rp.tokens()
        told = rp.call("/introspect", {"token": tokens["access_token"]}, accept).text
        jwts = (tokens["id_token"], rp.userinfo(tokens["access_token"]).text, told, rp.begin(response_mode="jwt").params["response"])
        assert {header(one)["alg"] for one in jwts} == {alg}


def our_encryption(house: House, said: dict[str, Any]) -> None:
    members = ("id_token_encryption", "userinfo_encryption", "authorization_encryption")
    assert len({tuple(said[f"{member}_alg_values_supported"]) for member in members}) == 1
    for alg in said["id_token_encryption_alg_values_supported"]:
        rp = house.rp(
            f"sealed-{alg}", jwks=KEYS, id_token_key_alg=alg, userinfo_key_alg=alg, response_key_alg=alg, response_alg="ES256"
        )
        code = rp.begin(response_mode="jwt").params["response"]
        tokens = rp.tokens()
        heads = [header(one) for one in (tokens["id_token"], rp.userinfo(tokens["access_token"]).text, code)]
        assert {head["alg"] for head in heads} == {alg}
        assert all(said[f"{member}_enc_values_supported"] == [head["enc"]] for member, head in zip(members, heads, strict=True))


def dpop(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("proves")
    for alg in said["dpop_signing_alg_values_supported"]:
        prover = Prover(lambda: int(house.clock.now().timestamp()), key=KEY_OF[alg], alg=alg)
        given = {"code": rp.code(), "code_verifier": rp.verifier, "redirect_uri": rp.redirect_uri}
        answer = rp.token(prover.at_token(), grant_type="authorization_code", **given)
        assert answer.json["token_type"] == "DPoP", alg


def pkce(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("pkce")
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert rp.tokens(code_challenge_method="S256")
    assert rp.begin(code_challenge_method="plain").params["error"] == "invalid_request"


def subjects(house: House, said: dict[str, Any]) -> None:
    def sub(client_id: str, kind: str, host: str) -> str:
        rp = house.rp(client_id, subject_type=kind, redirect_uris=(f"https://{host}.example.org/cb",))
        return str(payload(rp.tokens()["id_token"])["sub"])

    same = {kind: sub(f"{kind}-one", kind, "one") == sub(f"{kind}-two", kind, "two") for kind in said["subject_types_supported"]}
    assert same == {"pairwise": False, "public": True}


def everything_told(house: House, scopes: Sequence[str]) -> set[str]:
    """The claims of a person about whom all is known, asked for by `scopes`; those of the ID token too."""
    rp = house.rp(f"all-{len(scopes)}-{'-'.join(scopes)}"[:100], scopes=tuple(scopes))
    tokens = rp.tokens(scope=" ".join(scopes))
    return set(rp.userinfo(tokens["access_token"]).json) | set(payload(tokens["id_token"]))


def claims(house: House, said: dict[str, Any]) -> None:
    complete(house)
    assert said["claim_types_supported"] == ["normal"]
    assert everything_told(house, said["scopes_supported"]) == set(said["claims_supported"])
    nothing = everything_told(house, ["openid"])
    for scope in said["scopes_supported"]:
        if scope not in ("openid", "offline_access"):
            assert everything_told(house, ["openid", scope]) > nothing, scope
    rp = house.rp("one-by-one")
    asked = '{"id_token": {"name": null}}'
    assert said["claims_parameter_supported"] is True
    assert payload(rp.tokens(claims=asked)["id_token"])["name"]


def complete(house: House) -> None:
    """Siti with everything a claim can tell."""
    with house.unit() as services:
        services.organisations.seed(OPERATOR)
        unit = services.organisations.add_unit(OPERATOR, NewUnit("12.71", "KOMINFO", "Dinas Kominfo")).id
        who, people = house.person(), services.people
        people.change(
            OPERATOR, who, given_name="Siti", family_name="Lubis", nickname="Ti", phone="+62811600100", birthdate=date(1986, 9, 26),
            government_code="12.71", employment_status="PNS", locale="id",
        )  # fmt: skip
        people.change_identifier(OPERATOR, who, "198609262011012003")
        people.set_nik(OPERATOR, who, "1271016609860001")
        people.assign(OPERATOR, who, unit, position="Pranata Komputer", position_kind="JF", grade="III/d", is_primary=True)
        services.roles.grant(OPERATOR, who, "auditor", "12.71")


def prompts(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("prompts")
    for prompt in said["prompt_values_supported"]:
        assert rp.begin(prompt=prompt).params.get("error") in (None, "login_required"), prompt
    assert rp.begin(prompt="create").params["error"] == "invalid_request"


def assurance(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("assured")
    essential = '{"id_token": {"acr": {"essential": true, "value": "%s"}}}'
    for acr in said["acr_values_supported"]:
        assert "error" not in rp.begin(claims=essential % acr).params, acr
    assert rp.begin(claims=essential % "urn:sumut:acr:4").params["error"] == "unmet_authentication_requirements"


def languages(house: House, said: dict[str, Any]) -> None:
    wire = FlaskWire(house.app.test_client())
    rp = house.rp("speaks", browser=wire.client)
    for locale in said["ui_locales_supported"]:
        page = wire.get(wire.get(rp.begin(ui_locales=locale).location, {}).location, {})
        assert f'<html lang="{locale}"' in page.text


def switches(house: House, said: dict[str, Any]) -> None:
    rp = house.rp("plain", backchannel_logout_uri="https://app.example.org/bc", frontchannel_logout_uri="https://app.example.org/fc",
                  frontchannel_logout_session_required=True)  # fmt: skip
    params = rp.begin().params
    assert params["iss"] == said["issuer"]  # authorization_response_iss_parameter_supported; nothing need be pushed or signed
    assert not said["require_pushed_authorization_requests"] and not said["require_signed_request_object"]
    sid = payload(rp.tokens()["id_token"])["sid"]
    assert rp.browser.get("/logout", {}).ok
    assert sid  # the two …_session_supported: what the logout token and the frame name is in the ID token


CHECKS: dict[str, Callable[[House, dict[str, Any]], None]] = {
    **dict.fromkeys(ENDPOINTS, endpoints),
    "issuer": switches,
    "response_modes_supported": response_modes,
    "response_types_supported": response_types,
    "grant_types_supported": grants,
    **{f"{name}_endpoint_auth_methods_supported": methods for name in _PLACES},
    **dict.fromkeys((f"{name}_endpoint_auth_signing_alg_values_supported" for name in _PLACES), signed_assertions),
    "request_object_signing_alg_values_supported": request_objects,
    **{f"{name}_signing_alg_values_supported": our_signatures for name in ("id_token", "userinfo", "introspection", "authorization")},
    **{
        f"{name}_encryption_{part}_values_supported": our_encryption
        for name in ("id_token", "userinfo", "authorization")
        for part in ("alg", "enc")
    },
    "dpop_signing_alg_values_supported": dpop,
    "code_challenge_methods_supported": pkce,
    "subject_types_supported": subjects,
    **dict.fromkeys(("claims_supported", "scopes_supported", "claim_types_supported", "claims_parameter_supported"), claims),
    "prompt_values_supported": prompts,
    "acr_values_supported": assurance,
    "ui_locales_supported": languages,
    **dict.fromkeys((
        "authorization_response_iss_parameter_supported", "require_pushed_authorization_requests", "require_signed_request_object",
        "backchannel_logout_session_supported", "frontchannel_logout_session_supported",
    ), switches),
}  # fmt: skip
# Each has a file of its own that shows it.
SHOWN_ELSEWHERE = {
    "request_parameter_supported": "test_rfc9101_request_object",
    "request_uri_parameter_supported": "test_rfc9101_request_object",
    "require_request_uri_registration": "test_rfc9101_request_object",
    "backchannel_logout_supported": "test_logout",
    "frontchannel_logout_supported": "test_oidc_frontchannel_logout",
    "tls_client_certificate_bound_access_tokens": "test_rfc8705_mtls",
    "mtls_endpoint_aliases": "test_rfc8705_mtls",
    "authorization_details_types_supported": "test_rfc9396_authorization_details",
}


@spec("OIDC Discovery", "3")
@spec("RFC 8414", "2")
@pytest.mark.parametrize("check", dict.fromkeys(CHECKS.values()), ids=lambda check: check.__name__)
def test_what_is_said_is_so(signed_in: House, check: Callable[[House, dict[str, Any]], None]) -> None:
    check(signed_in, found(signed_in))


def test_nothing_is_said_that_no_test_knows(signed_in: House) -> None:
    declare(signed_in)
    said = found(signed_in)
    assert {name for name in said if name not in CHECKS and name not in SHOWN_ELSEWHERE} == set()
    assert {name for name in CHECKS if name not in said} == set()
