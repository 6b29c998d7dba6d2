"""Rich authorization requests: declared types, shown to the person, kept with the grant, told to whom they concern."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import event, text

from idp.clients.metadata import DEVICE_GRANT, EXCHANGE_GRANT
from idp.kernel.actor import OPERATOR
from idp.protocol.rfc8693_token_exchange import ACCESS_TOKEN
from tests.protocol.conftest import BATCH, House
from tests.protocol.rich import API, FIELDS, LETTER, OTHER, agree, asked, declare, details, rich, submit, tokens
from tests.protocol.signing import JWKS, request_object
from tests.rp import RelyingParty, payload
from tests.spec import spec

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ERROR = "invalid_authorization_details"
WRONG = [
    "x", "{}", "[]", "[1]", "null", '[{"type": 7}]', '[{"actions": ["read"]}]', '[{"type": "surat"}]',
    '[{"type": "unknown", "actions": ["read"]}]',
    '[{"type": "surat", "actions": ["read"], "colour": "red"}]', '[{"type": "surat", "actions": "read"}]',
    '[{"type": "surat", "actions": ["delete"]}]', '[{"type": "surat", "actions": []}]', '[{"type": "surat", "actions": [["read"]]}]',
    '[{"type": "surat", "actions": ["read"], "most": true}]', '[{"type": "surat", "actions": ["read"], "most": 1.5}]',
    '[{"type": "surat", "actions": ["read"], "most": 0}]', '[{"type": "surat", "actions": ["read"], "most": 1e999}]',
    '[{"type": "surat", "actions": ["read"], "most": NaN}]', '[{"type": "surat", "actions": ["read"], "most": 1, "most": 2}]',
    '[{"type": "surat", "actions": ["read"], "until": "2027-02-30"}]', '[{"type": "surat", "actions": ["read"], "until": "20270228"}]',
    '[{"type": "surat", "actions": ["read"], "urgent": 1}]', '[{"type": "surat", "actions": ["read"], "from": {}}]',
    '[{"type": "surat", "actions": ["read"], "from": {"agency": "a", "more": 1}}]',
    '[{"type": "surat", "actions": ["read"], "from": []}]',
    '[{"type": "surat", "actions": ["read"], "unit": "a\\u0000b"}]', '[{"type": "surat", "actions": ["read"], "unit": "a\\u202eb"}]',
    '[{"type": "surat", "actions": ["read"], "unit": "\\ud800"}]', '[{"type": "surat", "actions": ["read"], "unit": null}]',
    '[{"type": "surat", "actions": ["read"], "unit": "%s"}]' % ("x" * 61), "[" * 3000, json.dumps([LETTER] * 11),
    json.dumps([{**LETTER, "unit": "x"}] * 10 + [{"type": "surat", "actions": ["read"] * 600}]),
]  # fmt: skip


@pytest.fixture
def letters(signed_in: House) -> RelyingParty:
    """An application that may ask for letters."""
    declare(signed_in)
    return rich(signed_in)


@spec("RFC 9396", "2")
@spec("RFC 9396", "7")
@spec("RFC 9396", "9.1")
def test_what_is_agreed_to_comes_back_in_answer_and_token(letters: RelyingParty) -> None:
    answer = tokens(letters, LETTER)
    assert answer["authorization_details"] == [LETTER]
    claims = payload(answer["access_token"])
    assert claims["authorization_details"] == [LETTER]
    assert letters.introspect(answer["access_token"]).json["authorization_details"] == [LETTER]
    assert letters.introspect(answer["refresh_token"]).json["authorization_details"] == [LETTER]
    assert "authorization_details" not in payload(answer["id_token"])


@spec("RFC 9396", "3")
def test_details_alone_are_enough(letters: RelyingParty) -> None:
    answer = tokens(letters, LETTER, scope=None)
    assert answer["authorization_details"] == [LETTER]
    assert "id_token" not in answer
    assert letters.begin(scope=None).params["error"] == "invalid_scope"


@spec("RFC 9396", "3.2")
def test_the_audience_is_what_the_details_are_about_unless_it_is_named(signed_in: House) -> None:
    declare(signed_in, "surat", API, OTHER)
    letters = rich(signed_in, resources=(API, OTHER))
    us = "http://localhost:8000"
    assert payload(tokens(letters, LETTER)["access_token"])["aud"] == [API, OTHER]
    assert payload(tokens(letters, {**LETTER, "locations": [OTHER]})["access_token"])["aud"] == OTHER
    both = tokens(letters, LETTER, resource=[us, API])
    assert payload(both["access_token"])["aud"] == [us, API]
    assert letters.userinfo(both["access_token"]).ok
    one = letters.refresh(both["refresh_token"], resource=us).json
    assert "authorization_details" not in one and "authorization_details" not in payload(one["access_token"])
    assert letters.begin(resource=us, **details(LETTER)).params["error"] == ERROR


@spec("RFC 9396", "2.2")
def test_locations_are_resources_of_the_type(letters: RelyingParty) -> None:
    for places in ([OTHER], [API, API], [], API, [7], [None]):
        assert letters.begin(**details({**LETTER, "locations": places})).params["error"] == ERROR, places
    assert tokens(letters, {**LETTER, "locations": [API]})["authorization_details"] == [{**LETTER, "locations": [API]}]


@spec("RFC 9396", "5")
def test_what_the_type_does_not_declare_is_refused(letters: RelyingParty) -> None:
    for wrong in WRONG:
        assert letters.begin(authorization_details=wrong).params["error"] == ERROR, wrong
        assert letters.call("/par", dict(parse_qsl(letters.request(authorization_details=wrong)))).error == ERROR, wrong
    # "Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749 section 3.1).
    assert "code" in letters.begin(authorization_details="").params
    assert letters.begin(authorization_details=[json.dumps([LETTER]), json.dumps([LETTER])]).params["error"] == "invalid_request"


@spec("RFC 9396", "5")
@spec("RFC 9396", "10")
def test_a_client_uses_only_the_types_it_is_registered_for(signed_in: House, letters: RelyingParty) -> None:
    declare(signed_in, "rapat")
    assert letters.begin(**details({"type": "rapat", "actions": ["read"]})).params["error"] == ERROR
    with signed_in.unit() as services:
        services.registry.authorization_types.allow(OPERATOR, "rapat", "app")
    signed_in.clock.advance(seconds=6)
    assert "error" not in letters.begin(**details({"type": "rapat", "actions": ["read"]})).params


@spec("RFC 9396", "3")
def test_in_a_pushed_request_and_in_a_request_object(signed_in: House) -> None:
    declare(signed_in)
    letters = rich(signed_in, jwks=JWKS, request_object_alg="ES256")
    plain = dict(parse_qsl(letters.request(**details(LETTER))))
    pushed = letters.call("/par", plain)
    answer = agree(letters, letters.browser.get(f"/authorize?client_id=app&request_uri={pushed.json['request_uri']}", {}))
    assert letters.redeem(answer.params["code"]).json["authorization_details"] == [LETTER]
    signed = request_object(signed_in, letters, authorization_details=[LETTER])
    answer = agree(letters, letters.browser.get(f"/authorize?client_id=app&request={signed}", {}))
    assert letters.redeem(answer.params["code"]).json["authorization_details"] == [LETTER]


def test_the_person_reads_all_of_it_in_words(letters: RelyingParty) -> None:
    full = {**LETTER, "until": "2027-08-17", "urgent": True, "from": {"agency": "<b>Bappeda</b>"}, "locations": [API]}
    _, page = asked(letters, letters.begin(**details(full)))
    for words in ("Mengerjakan surat Anda", "membaca surat, menandatangani surat", "Dinas Kominfo", "12.000", "17 Agustus 2027", "Ya",
                  "Dari · instansi", "&lt;b&gt;Bappeda&lt;/b&gt;", API, "Siti Nurhaliza Lubis"):  # fmt: skip
        assert words in page.text, words
    letters.browser.get("/language/en?next=/", {})
    _, page = asked(letters, letters.begin(ui_locales="en", **details(full)))
    assert "Mengerjakan" in page.text or "Work on your letters" in page.text


def test_every_request_is_shown_anew_even_of_a_first_party(signed_in: House, letters: RelyingParty) -> None:
    assert "code" in letters.begin().params
    for _ in range(2):
        assert agree(letters, letters.begin(**details(LETTER))).params["code"]
    assert letters.begin(prompt="none", **details(LETTER)).params["error"] == "consent_required"
    assert agree(letters, letters.begin(**details(LETTER)), "deny").params["error"] == "access_denied"
    with signed_in.deps.database.unit(read_only=True) as session:
        rows = session.execute(text("SELECT details FROM audit_events WHERE tag = 'interaction:consent:allow' ORDER BY id")).scalars().all()
    assert '"surat"' in str(rows[-1]) or "'surat'" in str(rows[-1])
    assert "Dinas Kominfo" not in str(rows)


def test_agreeing_to_one_request_is_not_agreeing_to_another(signed_in: House, letters: RelyingParty) -> None:
    """Two requests of one application at once: what the person allowed in one is not allowed in the other."""
    hidden, shown = letters.begin(**details(LETTER)), letters.begin(**details({**LETTER, "most": 1}))
    assert "code" in agree(letters, shown).params
    assert letters.browser.get(hidden.location, {}).location.endswith("/data")


def test_agreement_is_the_persons_own(signed_in: House, letters: RelyingParty) -> None:
    """Somebody else sits down before the request is answered: they are asked themselves."""
    began = letters.begin(**details(LETTER))
    at, page = asked(letters, began)
    done = submit(letters, at, page, choice="allow")
    signed_in.sign_in("budi")
    assert letters.browser.get(done.location, {}).location == at


@spec("RFC 9396", "6")
@spec("RFC 9396", "6.1")
def test_a_token_request_may_only_narrow(letters: RelyingParty) -> None:
    def redeem(*some: Any) -> Any:
        code = agree(letters, letters.begin(**details(LETTER, {**LETTER, "unit": "Bappeda"}))).params["code"]
        return letters.redeem(code, **details(*some))

    less = {**LETTER, "actions": ["read"], "locations": [API]}
    assert redeem(less).json["authorization_details"] == [less]
    assert payload(redeem(less).json["access_token"])["authorization_details"] == [less]
    limitless = {name: value for name, value in LETTER.items() if name != "most"}
    changes: tuple[dict[str, Any], ...] = ({"most": 12001}, {"most": 11}, {"unit": "Inspektorat"}, {"urgent": True})
    for more in (limitless, *({**LETTER, **change} for change in changes)):
        assert redeem(more).error == ERROR, more
    answer = letters.redeem(letters.code(), **details(LETTER))
    assert answer.error == ERROR  # nothing of the kind was granted


def test_a_mistake_does_not_spend_the_code(letters: RelyingParty) -> None:
    code = agree(letters, letters.begin(**details(LETTER))).params["code"]
    assert letters.redeem(code, **details({"type": "surat", "colour": "red"})).error == ERROR
    assert letters.redeem(code).json["authorization_details"] == [LETTER]


@spec("RFC 9396", "6")
def test_refreshing_gives_a_part_and_later_all_again(letters: RelyingParty) -> None:
    first = tokens(letters, LETTER)
    less = {**LETTER, "actions": ["sign"]}
    assert letters.refresh(first["refresh_token"], **details(less)).json["authorization_details"] == [less]
    assert letters.refresh(first["refresh_token"]).json["authorization_details"] == [LETTER]
    assert letters.refresh(first["refresh_token"], **details({**LETTER, "most": 1})).error == ERROR
    assert letters.refresh(first["refresh_token"]).ok


@spec("RFC 9396", "9.2")
def test_a_resource_server_hears_its_own_only(signed_in: House) -> None:
    declare(signed_in)
    declare(signed_in, "arsip", OTHER)
    letters = rich(signed_in, authorization_types=("surat", "arsip"), resources=(API, OTHER))
    file = {"type": "arsip", "actions": ["read"]}
    token = tokens(letters, LETTER, file)["access_token"]
    assert letters.introspect(token).json["authorization_details"] == [LETTER, file]
    for name, resource, own in (("one", API, [LETTER]), ("two", OTHER, [file])):
        server = signed_in.rp(name, audience=(resource,), **BATCH)
        assert server.introspect(token).json["authorization_details"] == own
    narrow = letters.refresh(tokens(letters, LETTER, file)["refresh_token"], resource=OTHER).json
    assert narrow["authorization_details"] == payload(narrow["access_token"])["authorization_details"] == [file]


@spec("RFC 9396", "6")
def test_a_clients_own_token_of_types_that_need_nobody(signed_in: House) -> None:
    declare(signed_in)
    declare(signed_in, "kiriman", without_person=True)
    batch = signed_in.rp("batch", authorization_types=("surat", "kiriman"), resources=(API,), **BATCH)
    parcel = {"type": "kiriman", "actions": ["read"]}
    answer = batch.token(grant_type="client_credentials", **details(parcel)).json
    assert answer["authorization_details"] == payload(answer["access_token"])["authorization_details"] == [parcel]
    assert payload(answer["access_token"])["aud"] == API
    assert batch.introspect(answer["access_token"]).json["authorization_details"] == [parcel]
    assert batch.token(grant_type="client_credentials", **details(LETTER)).error == ERROR
    assert batch.token(grant_type="client_credentials", authorization_details="x").error == ERROR


def test_a_device_asks_and_the_person_reads_it(signed_in: House) -> None:
    declare(signed_in)
    tv = rich(signed_in, "tv", grants=(DEVICE_GRANT, "refresh_token"), redirect_uris=(), post_logout_redirect_uris=())
    given = tv.call("/device_authorization", {"scope": "openid", **details(LETTER)}).json
    entered = submit(tv, "/device", tv.browser.get("/device", {}), user_code=given["user_code"])
    page = tv.browser.get(entered.location, {})
    assert "Mengerjakan surat Anda" in page.text and "membaca surat" in page.text
    submit(tv, entered.location, page, choice="allow")
    answer = tv.token(grant_type=DEVICE_GRANT, device_code=given["device_code"]).json
    assert answer["authorization_details"] == [LETTER]
    assert payload(answer["access_token"])["aud"] == API
    assert tv.call("/device_authorization", {"scope": "openid", "authorization_details": "[]"}).error == ERROR


def test_an_exchanged_token_keeps_what_concerns_its_target(signed_in: House) -> None:
    declare(signed_in, "surat", API, OTHER)
    declare(signed_in, "rapat")
    front = rich(
        signed_in, "front", authorization_types=("surat", "rapat"), grants=("authorization_code", "refresh_token", EXCHANGE_GRANT),
        scopes=("openid", "profile", "arsip:read"), scope="openid arsip:read",
    )  # fmt: skip
    signed_in.rp("arsip", **{**BATCH, "audience": (OTHER,), "scopes": ("arsip:read",)})
    with signed_in.unit() as services:
        services.registry.exchange.allow(OPERATOR, "front", "arsip", "arsip:read")
    old = tokens(front, LETTER, {"type": "rapat", "actions": ["read"]})["access_token"]
    given = {"grant_type": EXCHANGE_GRANT, "subject_token": old, "subject_token_type": ACCESS_TOKEN, "audience": "arsip"}
    answer = front.token(**given).json
    assert answer["authorization_details"] == payload(answer["access_token"])["authorization_details"] == [LETTER]
    less = {**LETTER, "actions": ["read"]}
    assert front.token(**given, **details(less)).json["authorization_details"] == [less]
    assert front.token(**given, **details({**LETTER, "most": 1})).error == ERROR


@pytest.mark.parametrize("end", ["retired", "forbidden"])
def test_a_type_that_is_taken_away_counts_at_once(signed_in: House, letters: RelyingParty, end: str) -> None:
    first, began = tokens(letters, LETTER), letters.begin(**details(LETTER))
    at, _ = asked(letters, began)
    with signed_in.unit() as services:
        types = services.registry.authorization_types
        types.retire(OPERATOR, "surat") if end == "retired" else types.forbid(OPERATOR, "surat", "app")
    assert "authorization_details" not in letters.introspect(first["access_token"]).json
    assert "authorization_details" not in letters.refresh(first["refresh_token"]).json
    assert letters.refresh(first["refresh_token"], **details(LETTER)).error == ERROR
    if end == "retired":
        assert letters.browser.get(at, {}).params["error"] == ERROR
    assert letters.begin(**details(LETTER)).params["error"] == ERROR


def test_a_type_declared_anew_ends_what_no_longer_fits(signed_in: House, letters: RelyingParty) -> None:
    before = tokens(letters, LETTER, {"type": "surat", "actions": ["read"]})
    at, _ = asked(letters, letters.begin(**details(LETTER)))
    changed = {"properties": {name: field for name, field in FIELDS["properties"].items() if name != "unit"}, "required": ["actions"]}
    declare(signed_in, schema=changed)
    assert letters.browser.get(at, {}).params["error"] == ERROR
    assert letters.introspect(before["access_token"]).json["authorization_details"] == [{"type": "surat", "actions": ["read"]}]
    assert letters.refresh(before["refresh_token"]).json["authorization_details"] == [{"type": "surat", "actions": ["read"]}]


@spec("RFC 9396", "10")
def test_metadata_names_the_types_once_there_are_some(signed_in: House) -> None:
    wire = signed_in.rp().back
    name = "authorization_details_types_supported"
    assert name not in wire.get("/.well-known/openid-configuration", {}).json
    declare(signed_in)
    signed_in.clock.advance(seconds=31)
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        found = wire.get(path, {})
        assert found.json[name] == ["surat"]
        assert wire.get(path, {"If-None-Match": found.headers["ETag"]}).status == 304


def test_requests_without_details_cost_no_statement(signed_in: House) -> None:
    letters = signed_in.rp("plain")
    letters.tokens()
    seen: list[str] = []
    event.listen(signed_in.deps.database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    answer = letters.tokens()
    letters.refresh(answer["refresh_token"])
    letters.introspect(answer["access_token"])
    assert not [statement for statement in seen if "authorization_types" in statement and "FROM clients" not in statement]


def test_the_person_takes_it_along(signed_in: House, letters: RelyingParty) -> None:
    tokens(letters, LETTER)
    with signed_in.unit() as services:
        found = services.my_data.export(OPERATOR, signed_in.person(), "json")
    assert [row["authorization_details"] for row in found["received"]] == [[LETTER]]


def test_the_person_sees_what_they_allowed_and_takes_it_back(signed_in: House, letters: RelyingParty) -> None:
    """Of the government's own applications too: this they agreed to themselves."""
    plain = signed_in.rp("plain")
    plain.tokens()
    token = [tokens(letters, LETTER, scope="openid offline_access") for _ in range(2)][-1]["access_token"]
    page = letters.browser.get("/account/applications", {})
    assert page.text.count("Mengerjakan surat Anda") == 1
    for rp, removed in ((plain, False), (letters, True)):
        done = submit(rp, "/account/applications/withdraw", page, client_id=rp.client_id)
        assert (done.status == 303) is removed, done.text
    assert letters.introspect(token).json == {"active": False}
    assert "code" in agree(letters, letters.begin(**details(LETTER))).params
