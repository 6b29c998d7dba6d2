"""X6: members and fields that nobody offered change nothing (attacks.md)."""

import json
from typing import Any

import pytest

from idp.kernel.actor import OPERATOR
from tests.attacks.keyring import ADD, ask, browser, send
from tests.attacks.stage import CALLBACK, Human, Stage
from tests.authenticator import Authenticator
from tests.rp import RelyingParty, payload
from tests.spec import spec

# What an attacker hopes a handler binds to its row.
GREEDY: dict[str, Any] = {
    "first_party": True, "access": "everyone", "require_pkce": False, "government_code": "12", "min_acr": None, "status": "active",
    "enabled": True, "client_secret": "chosen-by-the-attacker", "secret": "chosen-by-the-attacker", "version": 999, "sector": "web",
    "audience": ["https://arsip.example.org/api"], "resources": ["https://arsip.example.org/api"], "resource": "https://arsip.example.org/api",
    "access_token_alg": "none", "profile": None, "created_at": 0, "client_id_issued_at": 0, "policy": "gateway", "roles": ["admin"],
    "id": "x",
    "exchange_pairs": [["x", "y"]], "trusted": True, "skip_consent": True, "is_admin": True, "tls_subject": "CN=x", "meta": {"x": 1},
}  # fmt: skip
FIELDS: dict[str, str] = {
    "id": "x", "person_id": "x", "sub": "x", "status": "active", "active": "1", "is_admin": "1", "isAdmin": "true", "role": "admin",
    "roles": "admin",
    "government": "12", "government_code": "12", "email": "evil@evil.test", "email_verified": "1",
    "emails.verified": "1", "username": "root",
    "hash": "x", "passwordHash": "x", "mfa": "0", "acr": "urn:sumut:acr:3", "amr": "pwd otp mfa", "auth_time": "9999999999", "org_id": "1",
    "confirmed_at": "2020-01-01", "answered_by": "x", "approved": "1",
}  # fmt: skip
NEW = "sandi-baru-yang-panjang-42"
_OWN = ("people", "person_identifiers", "assignments", "role_grants", "contacts", "governments", "units", "exchange_pairs")


def everything(stage: Stage) -> dict[str, list[Any]]:
    """Who people are and what they may, as it is stored."""
    return {table: sorted(map(repr, stage.sql(f"SELECT * FROM {table}"))) for table in _OWN}


@pytest.fixture(scope="module")
def token(stage: Stage) -> str:
    with stage.unit() as services:
        made: str = services.registry.registration.create_token(OPERATOR, policy="sandbox", government=None, uses=50, days=1)[1]
    return made


def call(stage: Stage, method: str, path: str, token: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return stage.visitor().send(path, json.dumps(body), headers, method)


@spec("attacks.md", "X6")
@spec("ASVS 5.0", "15.3.3")
def test_a_registration_says_only_what_metadata_can_say(stage: Stage, token: str) -> None:
    plain = {"redirect_uris": [CALLBACK]}
    greedy = {name: value for name, value in GREEDY.items() if name not in ("profile", "min_acr")}
    answer = call(stage, "POST", "/register", token, plain | greedy | {"client_id": "web", "registration_access_token": "x"})
    honest = call(stage, "POST", "/register", token, plain)
    assert (answer.status_code, honest.status_code) == (201, 201), answer.text
    made, other = answer.json(), honest.json()
    assert made["client_id"].startswith("dcr-") and made["client_secret"] != GREEDY["client_secret"]
    _same(stage, made["client_id"], other["client_id"])
    own = made["registration_access_token"]
    update = {
        "client_id": made["client_id"],
        **plain,
        **{name: value for name, value in greedy.items() if "secret" not in name and name != "client_id_issued_at"},
    }
    changed = call(stage, "PUT", f"/register/{made['client_id']}", own, update)
    assert changed.status_code == 200, changed.text
    _same(stage, made["client_id"], other["client_id"])
    own = changed.json()["registration_access_token"]
    for wrong in ({"client_secret": "chosen-by-the-attacker"}, {"client_id": other["client_id"]}, {"client_id_issued_at": 0}):
        assert call(stage, "PUT", f"/register/{made['client_id']}", own, update | wrong).status_code == 400, wrong
    for scope in ("openid nik", "openid roles", "openid admin"):
        assert call(stage, "PUT", f"/register/{made['client_id']}", own, update | {"scope": scope}).status_code == 400, scope
    assert call(stage, "GET", f"/register/{other['client_id']}", own, None).status_code == 401, "another client's"


def _same(stage: Stage, one: str, other: str) -> None:
    """What only an operator says is as of a client that did not ask for it."""
    decided = ("first_party", "access", "require_pkce", "government_code", "min_acr", "resources", "audience", "access_token_alg",
               "profile", "enabled", "auth_method", "grants", "scopes", "subject_type", "tls_subject")  # fmt: skip
    with stage.unit() as services:
        mine, theirs = services.registry.get(one), services.registry.get(other)
    assert {name: getattr(mine, name) for name in decided} == {name: getattr(theirs, name) for name in decided}
    assert mine.first_party is False and mine.access == "assigned" and mine.require_pkce is True


@spec("attacks.md", "X6")
@spec("ASVS 5.0", "8.2.3")
def test_the_forms_of_ones_own_account_bind_their_own_fields_only(stage: Stage) -> None:
    who, victim = stage.human(enrolled=True), stage.human()
    fields = FIELDS | {"person_id": victim.id, "id": victim.id, "sub": victim.id}
    before = everything(stage)
    stored = stage.sql("SELECT hash FROM password_hashes WHERE person_id = :id", id=victim.id)
    visitor = browser(stage, who)
    for path, page, form in (
        ("/account/data/corrections", "/account/data", {"field": "name", "wanted": "Raja", "note": ""}),
        ("/account/data/corrections", "/account/data", {"field": "status", "wanted": "active", "note": ""}),
        ("/account/password", "/account/password", {"current_password": who.password, "new_password": NEW, "repeat_password": NEW}),
        ("/account/sessions/end-others", "/account/sessions", {}),
        ("/favourites", "/", {"client_id": "x"}),
        ("/language", "/account", {"language": "en", "return_to": "/account"}),
    ):  # fmt: skip
        answer = visitor.post(path, form | {name: value for name, value in fields.items() if name not in form}, page=page)
        assert answer.status_code < 500, (path, answer.status_code)
        assert everything(stage) == before, path
    assert send(visitor, ADD, Authenticator(stage.server.base).create(ask(visitor, ADD)), name="Kunci", **fields).status_code in (200, 303)
    owners = [row[0] for row in stage.sql("SELECT person_id FROM passkeys WHERE person_id IN (:a, :b)", a=who.id, b=victim.id)]
    assert owners == [who.id]
    assert [
        row[0] for row in stage.sql("SELECT DISTINCT person_id FROM corrections WHERE person_id IN (:a, :b)", a=who.id, b=victim.id)
    ] == [who.id]
    assert stage.sql("SELECT hash FROM password_hashes WHERE person_id = :id", id=victim.id) == stored
    assert everything(stage) == before and stage.visitor(victim).is_in()


@spec("attacks.md", "X6")
@spec("ASVS 5.0", "15.3.3")
def test_signing_in_and_asking_for_tokens_bind_their_own_fields_only(stage: Stage, user: Human) -> None:
    before = everything(stage)
    more = {name: value for name, value in FIELDS.items() if name != "username"}
    visitor = browser(stage)
    assert visitor.password(user, **more).status_code == 303 and visitor.is_in()
    rp = stage.rp(visitor)
    honest = payload(rp.tokens()["access_token"])
    claims = _claims(
        rp,
        FIELDS
        | {"claims_of_mine": "x", "scope": "openid admin roles nik", "username": "root", "exp": "9999999999", "aud": "https://evil.test"},
    )
    own = ("sub", "acr", "amr", "aud", "client_id", "auth_time", "scope", "iss")
    assert {name: claims.get(name) for name in own} == {name: honest.get(name) for name in own}
    assert not set(claims) - set(honest), "no claim that the honest one has not"
    assert abs((claims["exp"] - claims["iat"]) - (honest["exp"] - honest["iat"])) <= 1
    assert everything(stage) == before


def _claims(rp: RelyingParty, more: dict[str, str]) -> dict[str, Any]:
    answer = rp.redeem(
        rp.code(**{name: value for name, value in more.items() if name not in ("scope", "acr")}),
        **{k: v for k, v in more.items() if k != "scope"},
    )
    assert answer.ok, answer.text
    return payload(answer.json["access_token"])
