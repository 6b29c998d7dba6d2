"""Clients that prove themselves, and whose tokens are bound, by a certificate; behind a proxy that hands it on."""

from base64 import b64encode
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.protocol.certificates import AS_SERVER, Authority, Held, self_signed
from tests.protocol.conftest import BATCH, House
from tests.protocol.proofs import Prover
from tests.rp import Heard, RelyingParty, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MTLS = "https://mtls.sso.example.org"
PROXY = "127.0.0.1"


@pytest.fixture
def authority(clock: Any) -> Authority:
    return Authority(clock.now())


@pytest.fixture
def settings(settings: Any, authority: Authority, tmp_path: Path) -> Any:
    """A proxy that hands certificates on, an authority whose certificates count, another host for them."""
    bundle = tmp_path / "ca.pem"
    bundle.write_text(authority.pem)
    changes = {"client_certificate_header": "X-Client-Certificate", "trusted_proxies": "127.0.0.1/32"}
    return type(settings)(**(settings.model_dump() | changes | {"client_ca_file": bundle, "mtls_origin": MTLS}))


def machine(house: House, client_id: str, **values: Any) -> RelyingParty:
    """A client without people that names itself and lets the connection prove it."""
    rp = house.rp(client_id, **{**BATCH, **values})
    rp.method = "none"
    return rp


def token(rp: RelyingParty, held: Held | None, **more: str) -> Heard:
    return rp.token(held.header if held else None, grant_type="client_credentials", **more)


@spec("RFC 8705", "2.1", "MUST")
@spec("RFC 8705", "2.1.2", "MUST")
@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        ("dn", "CN=app,O=Dinas Kominfo,C=ID", None),
        ("dns", "App.example.go.id", x509.DNSName("app.example.go.id")),
        ("uri", "https://app.example.go.id/x", x509.UniformResourceIdentifier("https://app.example.go.id/x")),
        ("ip", "2001:db8:0:0::7", x509.IPAddress(ip_address("2001:db8::7"))),
        ("email", "app@example.go.id", x509.RFC822Name("app@example.go.id")),
    ],
)
def test_a_certificate_of_our_authority_proves_its_subject(house: House, authority: Authority, kind: str, value: str, name: Any) -> None:
    rp = machine(house, "tls", auth_method="tls_client_auth", tls_subject_type=kind, tls_subject=value)
    subject = value if kind == "dn" else "CN=other"
    own = authority.issue(subject, [name] if name else [])
    answer = token(rp, own)
    assert answer.ok, answer.text
    assert answer.json["token_type"] == "Bearer"
    assert "cnf" not in payload(answer.json["access_token"])  # only who is registered for it
    for wrong in (authority.issue("CN=app"), authority.issue("CN=app,O=Dinas Kominfo,C=ID,ST=x", [x509.DNSName("b.example")]), None):
        refused = token(rp, wrong)
        assert (refused.status, refused.error) == (401, "invalid_client")


@spec("RFC 8705", "2.1", "MUST")
@spec("RFC 8705", "7.3", "MUST")
def test_a_certificate_that_nobody_vouches_for_proves_nothing(house: House, authority: Authority, clock: Any) -> None:
    rp = machine(house, "tls", auth_method="tls_client_auth", tls_subject_type="dn", tls_subject="CN=app,C=ID")
    good = authority.issue()
    wrong = {
        "another authority of the same name": Authority(clock.now()).issue(),
        "of a server": authority.issue(use=AS_SERVER),
        "over": authority.issue(life=timedelta(minutes=-1)),
        "by a certificate that is no authority": Held(*_signed_by(good, clock.now())),
        "self-signed": self_signed(clock.now()),
    }
    for name, held in wrong.items():
        assert token(rp, held).status == 401, name
    assert token(rp, good).ok
    clock.advance(seconds=366 * 86400)
    assert token(rp, good).status == 401


def _signed_by(issuer: Held, now: Any) -> tuple[Any, Any]:
    forged = Authority(now)
    forged.certificate, forged.key = issuer.certificate, issuer.key
    made = forged.issue()
    return made.certificate, made.key


@spec("RFC 8705", "2.2", "MUST")
@spec("RFC 8705", "2.2.2", "MUST")
@pytest.mark.parametrize("whole", [True, False], ids=["x5c", "x5t#S256"])
def test_a_self_signed_certificate_is_known_by_the_registered_keys(house: House, clock: Any, authority: Authority, whole: bool) -> None:
    own = self_signed(clock.now(), timedelta(days=2))
    rp = machine(house, "self", auth_method="self_signed_tls_client_auth", jwks=own.jwks(whole=whole))
    assert token(rp, own).ok
    for wrong in (self_signed(clock.now()), authority.issue(), None):
        assert token(rp, wrong).status == 401
    clock.advance(seconds=3 * 86400)
    assert token(rp, own).status == 401


@spec("RFC 8705", "2", "MUST")
def test_the_registered_method_is_the_only_one(house: House, authority: Authority, clock: Any) -> None:
    secret = house.rp("plain", **BATCH)
    secret.method = "none"
    assert token(secret, authority.issue()).status == 401
    rp = machine(house, "tls", auth_method="tls_client_auth", tls_subject_type="dn", tls_subject="CN=app,C=ID")
    both = token(rp, authority.issue(), client_secret="guess")
    assert both.status == 401
    assert rp.call("/introspect", {"token": "x"}, authority.issue().header).json == {"active": False}
    assert rp.call("/introspect", {"token": "x"}).status == 401
    assert rp.call("/revoke", {"token": "x"}, authority.issue().header).status == 200


@spec("RFC 8705", "3", "MUST")
@spec("RFC 8705", "3.1", "MUST")
@spec("RFC 8705", "3.2", "MUST")
def test_a_token_is_bound_to_the_certificate(signed_in: House, authority: Authority) -> None:
    own = authority.issue()
    rp = signed_in.rp("bound", certificate_bound=True)
    code = rp.code()
    assert redeem(rp, code, None).error == "invalid_request"
    body = redeem(rp, code, own).json
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert body["token_type"] == "Bearer"
    assert payload(body["access_token"])["cnf"] == {"x5t#S256": own.thumbprint}
    assert rp.back.get("/userinfo", {**bearer, **own.header}).json["sub"]
    assert rp.introspect(body["access_token"]).json["cnf"] == {"x5t#S256": own.thumbprint}
    for wrong in ({}, authority.issue().header, {"X-Client-Certificate": "nonsense"}):
        answer = rp.back.get("/userinfo", {**bearer, **wrong})
        assert (answer.status, answer.error) == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


def redeem(rp: RelyingParty, code: str, held: Held | None, **headers: str) -> Heard:
    values = {"code": code, "code_verifier": rp.verifier, "redirect_uri": rp.redirect_uri}
    return rp.token((held.header if held else {}) | headers, grant_type="authorization_code", **values)


def refresh(rp: RelyingParty, text: str, held: Held | None) -> Heard:
    return rp.token(held.header if held else None, grant_type="refresh_token", refresh_token=text)


@spec("RFC 8705", "4", "MUST")
def test_a_public_clients_refresh_token_is_bound_to_its_certificate(signed_in: House, clock: Any) -> None:
    own = self_signed(clock.now())
    app = signed_in.rp("native", auth_method="none", certificate_bound=True)
    body = redeem(app, app.code(), own).json
    assert refresh(app, body["refresh_token"], self_signed(clock.now())).error == "invalid_grant"
    again = refresh(app, body["refresh_token"], own)
    assert payload(again.json["access_token"])["cnf"] == {"x5t#S256": own.thumbprint}


@spec("RFC 8705", "3", "MUST")
@spec("RFC 9449", "5.2", "MUST")
def test_a_token_may_be_bound_to_both(signed_in: House, authority: Authority) -> None:
    from idp.kernel.clock import epoch

    prover, own = Prover(lambda: epoch(signed_in.clock.now())), authority.issue()
    rp = signed_in.rp("both", certificate_bound=True, dpop=True)
    body = redeem(rp, rp.code(), own, **prover.at_token()).json
    assert payload(body["access_token"])["cnf"] == {"jkt": prover.thumbprint, "x5t#S256": own.thumbprint}
    at = rp.back.get("/userinfo", {**prover.at_userinfo(body["access_token"]), **own.header})
    assert at.ok
    assert rp.back.get("/userinfo", prover.at_userinfo(body["access_token"])).status == 401


def test_the_header_of_anybody_else_is_no_certificate(house: House, authority: Authority) -> None:
    """Whoever reaches the provider past the proxy could claim to be any client."""
    rp = machine(house, "tls", auth_method="tls_client_auth", tls_subject_type="dn", tls_subject="CN=app,C=ID")
    form = {"grant_type": "client_credentials", "client_id": "tls"}
    for address, status in ((PROXY, 200), ("203.0.113.9", 401), ("::1", 401), ("", 401)):
        answer = house.app.test_client().post(
            "/token", data=form, headers={**authority.issue().header, "X-Forwarded-For": PROXY}, environ_base={"REMOTE_ADDR": address}
        )
        assert answer.status_code == status, address
    assert rp.method == "none"


def test_the_header_may_be_of_rfc_9440_and_nonsense_is_no_certificate(house: House, authority: Authority) -> None:
    rp = machine(house, "tls", auth_method="tls_client_auth", tls_subject_type="dn", tls_subject="CN=app,C=ID")
    value = f":{b64encode(authority.issue().der).decode()}:"
    assert rp.token({"X-Client-Certificate": value}, grant_type="client_credentials").ok
    for text in ("", ":", "::", ":!:", ":AAAA:", "%", "x" * 20_000, "-----BEGIN CERTIFICATE-----", "(null)", "%00", "ÿ"):
        assert rp.token({"X-Client-Certificate": text}, grant_type="client_credentials").status == 401, text[:20]


@spec("RFC 8705", "5")
@spec("RFC 8705", "2.1.1")
@spec("RFC 8705", "3.3")
def test_discovery_names_the_host_for_certificates(house: House) -> None:
    found = house.app.test_client().get("/.well-known/openid-configuration").json
    assert found is not None
    aliases = found["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == MTLS + "/token"
    assert {"userinfo_endpoint", "introspection_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint"} <= aliases.keys()
    assert "authorization_endpoint" not in aliases
    assert found["tls_client_certificate_bound_access_tokens"] is True
    for place in ("token", "introspection", "revocation"):
        assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(found[f"{place}_endpoint_auth_methods_supported"])
