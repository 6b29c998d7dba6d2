"""Client authentication at the machine endpoints."""

from base64 import b64encode

import pytest

from idp.kernel.actor import OPERATOR
from tests.protocol.conftest import BATCH, House
from tests.rp import FORM, Heard, RelyingParty, basic
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def ask(rp: RelyingParty, headers: dict[str, str] | None = None, **values: str) -> Heard:
    sent = {"grant_type": "authorization_code", "code": "x", "redirect_uri": rp.redirect_uri} | values
    from urllib.parse import urlencode

    return rp.back.post("/token", urlencode(sent), {"Content-Type": FORM, **(headers or {})})


@spec("RFC 6749", "5.2", "MUST")
def test_a_failed_basic_authentication_is_401_with_a_challenge(rp: RelyingParty) -> None:
    for header in (basic("app", "wrong"), basic("app", ""), "Basic !!!", "Basic", "Basic " + b64encode(b"no colon").decode()):
        answer = ask(rp, {"Authorization": header})
        assert answer.status == 401
        assert answer.error == "invalid_client"
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_failed_post_authentication_is_401_without_a_challenge(rp: RelyingParty) -> None:
    answer = ask(rp, client_id="app", client_secret="wrong")
    assert (answer.status, answer.error) == (401, "invalid_client")
    assert "WWW-Authenticate" not in answer.headers
    assert ask(rp, client_id="app").status == 401
    assert ask(rp).status == 401


def test_an_unknown_client_and_a_wrong_secret_look_alike(rp: RelyingParty) -> None:
    """Attack C4."""
    one, two = ask(rp, {"Authorization": basic("app", "wrong")}), ask(rp, {"Authorization": basic("nobody", "wrong")})
    assert (one.status, one.body) == (two.status, two.body)
    assert ask(rp, {"Authorization": basic("no\0body", "wrong")}).status == 401
    assert ask(rp, client_id="näh\0", client_secret="x").status in (400, 401)


@spec("RFC 6749", "2.3", "MUST NOT")
def test_one_method_per_request(rp: RelyingParty) -> None:
    answer = ask(rp, {"Authorization": basic("app", rp.secret or "")}, client_id="app", client_secret=rp.secret or "")
    assert (answer.status, answer.error) == (400, "invalid_request")


@spec("RFC 6749", "2.3.1")
def test_both_parts_of_basic_are_form_urldecoded(signed_in: House) -> None:
    rp = signed_in.rp("with.dot~tilde", secret="a secret +with% signs:and colon")
    assert rp.redeem(rp.code()).ok


@spec("RFC 6749", "2.3.1", "MUST NOT")
def test_credentials_in_the_url_are_refused(rp: RelyingParty) -> None:
    code = rp.code()
    answer = rp.back.post(
        f"/token?client_id=app&client_secret={rp.secret}",
        f"grant_type=authorization_code&code={code}&redirect_uri={rp.redirect_uri}&code_verifier={rp.verifier}",
        {"Content-Type": FORM},
    )
    assert (answer.status, answer.error) == (400, "invalid_request")


def test_a_client_uses_the_method_it_is_registered_for(signed_in: House, rp: RelyingParty) -> None:
    answer = ask(rp, client_id="app", client_secret=rp.secret or "")
    assert answer.status == 401
    assert "client_secret_basic" in answer.json["error_description"]
    posting = signed_in.rp("posting", auth_method="client_secret_post")
    assert posting.redeem(posting.code()).ok
    assert ask(posting, client_id="posting").status == 401


def test_a_body_that_is_no_form_is_refused(rp: RelyingParty) -> None:
    for kind in ("application/json", "text/plain", "", "multipart/form-data; boundary=x"):
        answer = rp.back.post("/token", '{"grant_type":"client_credentials"}', {"Content-Type": kind})
        assert (answer.status, answer.error) == (400, "invalid_request")
    repeated = rp.token(grant_type=["authorization_code", "authorization_code"])
    assert (repeated.status, repeated.error) == (400, "invalid_request")


def test_a_new_and_an_old_secret_work_until_the_old_one_ends(signed_in: House, rp: RelyingParty) -> None:
    old = rp.secret
    with signed_in.unit() as services:
        new = services.registry.rotate_secret(OPERATOR, "app", keep_days=1)
    assert rp.redeem(rp.code()).ok
    rp.secret = new
    assert rp.redeem(rp.code()).ok
    signed_in.clock.advance(seconds=2 * 24 * 3600)
    signed_in.sign_in()
    rp.secret = old
    assert rp.redeem(rp.code()).status == 401


def test_a_disabled_client_gets_nothing_from_the_commit_on(signed_in: House, rp: RelyingParty) -> None:
    """security.md: disabling works at once, although a process trusts its copy for 5 s."""
    batch = signed_in.rp("batch", **BATCH)
    tokens, code = rp.tokens(), rp.code()
    assert batch.token(grant_type="client_credentials").ok
    # As another process would do it: behind the back of this one's copy.
    kept = {name: signed_in.deps.client_cache.get(name, signed_in.clock.now()) for name in ("app", "batch")}
    with signed_in.unit() as services:
        services.registry.disable(OPERATOR, "app")
        services.registry.disable(OPERATOR, "batch")
    for entry in kept.values():
        assert entry is not None
        signed_in.deps.client_cache.keep(entry[0], signed_in.clock.now())
    assert rp.redeem(code).status in (400, 401)
    assert rp.refresh(tokens["refresh_token"]).status in (400, 401)
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert batch.token(grant_type="client_credentials").status == 401
    assert rp.introspect(tokens["access_token"]).status == 401
    with signed_in.unit() as services:
        services.registry.enable(OPERATOR, "app")
    signed_in.clock.advance(seconds=6)
    assert rp.userinfo(tokens["access_token"]).ok


def test_failed_authentication_of_a_known_client_is_recorded(signed_in: House, rp: RelyingParty) -> None:
    ask(rp, {"Authorization": basic("app", "wrong")})
    with signed_in.unit() as services:
        from idp.audit.store import AuditStore

        tags = [row.tag for row in AuditStore(services.session).everything(government=None, since=None)]
    assert "clients:authentication:refuse" in tags


@spec("ASVS", "16.3.2")
def test_what_a_known_client_may_not_have_is_recorded(signed_in: House, rp: RelyingParty) -> None:
    batch = signed_in.rp("batch-denied", **BATCH)
    assert batch.token(grant_type="client_credentials", scope="never-registered").error == "invalid_scope"
    with signed_in.unit() as services:
        from idp.audit.store import AuditStore

        (row,) = [row for row in AuditStore(services.session).everything(government=None, since=None) if row.tag == "tokens:request:refuse"]
    assert (row.client_id, row.details) == ("batch-denied", {"error": "invalid_scope", "grant": "client_credentials"})
