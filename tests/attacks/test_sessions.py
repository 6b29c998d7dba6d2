"""S1 to S7: sessions, forms of other sites, headers, what applications call themselves, other origins (attacks.md)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

from idp import web
from idp.kernel.actor import OPERATOR
from tests.attacks.stage import EVIL, Human, Stage
from tests.rp import FORM
from tests.running import test_settings
from tests.spec import spec

_MACHINES = {"/token", "/userinfo", "/introspect", "/revoke", "/par", "/device_authorization", "/register"}  # they read no cookie
_ANSWERS_OTHER_SITES = {"/authorize", "/logout"}  # exempt by protocol.md, rule 3; logout checks its own confirmation


@spec("attacks.md", "S1")
@spec("ASVS 5.0", "7.2.4")
def test_the_session_is_new_after_each_proof_and_the_old_one_dead(stage: Stage) -> None:
    who = stage.human(enrolled=True)
    visitor = stage.visitor()
    planted = {"idp_session": "A" * 43, "idp_sign_in": "B" * 43}
    for name, value in planted.items():
        visitor.put_cookie(name, value)
    assert visitor.password(who).headers["Location"] == "/sign-in/code"
    half = visitor.cookie("idp_sign_in")
    assert half != planted["idp_sign_in"] and visitor.code(who.code()).status_code == 303
    first = visitor.cookie("idp_session") or ""
    assert first not in (planted["idp_session"], half)
    visitor.password(who, query="?again=1")
    assert visitor.code(who.code(1)).status_code == 303
    second = visitor.cookie("idp_session") or ""
    assert second != first
    for cookie, lives in ((first, False), (planted["idp_session"], False), (half or "", False), (second, True)):
        thief = stage.visitor()
        thief.put_cookie("idp_session", cookie)
        assert thief.is_in() is lives


@spec("attacks.md", "S1")
def test_a_step_up_gives_a_new_session_and_keeps_who_it_was(stage: Stage) -> None:
    who = stage.human()
    visitor = stage.visitor(who)
    with stage.unit() as services:
        who.totp = services.factors.enrol_for(OPERATOR, services.people.need(who.username)).secret
    before = visitor.cookie("idp_session") or ""
    assert visitor.get("/sign-in/step-up?return_to=/account").headers["Location"] == "/sign-in/code"
    assert visitor.code(who.code()).headers["Location"] == "/account"
    thief = stage.visitor()
    thief.put_cookie("idp_session", before)
    assert visitor.is_in() and not thief.is_in()
    # A step-up rests on the session that began it: without that, the second factor alone is nothing.
    visitor.get("/sign-in/step-up?return_to=/account")
    alone = stage.visitor()
    alone.put_cookie("idp_sign_in", visitor.cookie("idp_sign_in") or "")
    assert alone.get("/sign-in/code").status_code == 303, "no form to type into"
    sent = alone.send("/sign-in/code", {"csrf_token": alone.token(), "code": who.code(1)})
    assert sent.status_code in (303, 409) and not alone.is_in()


@spec("attacks.md", "S1")
def test_a_flow_begun_by_a_stranger_is_not_gone_on_with(stage: Stage, user: Human) -> None:
    attacker, victim = stage.visitor(), stage.visitor(user)
    rp = stage.rp(attacker)
    flow = rp.begin().location
    for path in (flow, f"{flow}/data", f"{flow}/account"):
        answer = victim.get(path)
        assert answer.status_code == 400 and "Location" not in answer.headers
        assert victim.post(path, {"choice": "allow"}).status_code in (400, 405)
    fresh = stage.visitor()
    landed = fresh.password(user, query=f"?flow={flow.rpartition('/')[2]}")
    assert landed.headers["Location"] == "/", "signed in, but not to the stranger's application"
    own = stage.rp(fresh)
    assert own.tokens()


@spec("attacks.md", "S1")
def test_another_person_takes_nothing_over(stage: Stage) -> None:
    one, two = stage.human(), stage.human()
    visitor = stage.visitor(one)
    rp = stage.rp(visitor)
    tokens, cookie = rp.tokens(), visitor.cookie("idp_session") or ""
    assert visitor.password(two, query="?again=1").status_code == 303
    assert two.username in visitor.get("/account").text and one.username not in visitor.get("/account").text
    assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant", "what the first had open ended"
    thief = stage.visitor()
    thief.put_cookie("idp_session", cookie)
    assert not thief.is_in()


@spec("attacks.md", "S2")
@spec("ASVS 5.0", "7.4.1")
def test_what_has_ended_stays_ended(stage: Stage) -> None:
    who = stage.human()
    rp = stage.rp(backchannel_logout_uri="https://app.example.org/out")
    ends = {
        "logout": lambda visitor: visitor.post("/logout", {"confirm": "yes"}),
        "own list": lambda visitor: visitor.post("/account/sessions/" + _session(stage, who) + "/end"),
        "operator": lambda _: stage.server.idp("user", "sessions", who.username, "--end"),
        "idle": lambda _: stage.sql("UPDATE browser_sessions SET last_seen_at = :at WHERE person_id = :id", at=stage.moment(minutes=61),
                                    id=who.id),
        "absolute": lambda _: stage.sql("UPDATE browser_sessions SET expires_at = :at WHERE person_id = :id", at=stage.moment(seconds=1),
                                        id=who.id),
    }  # fmt: skip
    for name, end in ends.items():
        visitor = stage.visitor(who)
        cookie = visitor.cookie("idp_session") or ""
        rp.browser.session = visitor.http  # type: ignore[attr-defined]
        tokens = rp.tokens()
        assert visitor.is_in()
        end(visitor)
        visitor.put_cookie("idp_session", cookie)
        assert not visitor.is_in() and rp.begin(prompt="none").params["error"] == "login_required", name
        if name != "idle":
            assert rp.refresh(tokens["refresh_token"]).error == "invalid_grant", name
            assert rp.userinfo(tokens["access_token"]).status == 401, name
        stage.sql("UPDATE browser_sessions SET ended_at = :at WHERE person_id = :id AND ended_at IS NULL", at=stage.moment(), id=who.id)
    told = stage.sql("SELECT count(*) FROM outbox WHERE kind = 'backchannel_logout'")
    assert told[0][0] >= 3, "the application is told"


def _session(stage: Stage, who: Human) -> str:
    rows = stage.sql("SELECT id FROM browser_sessions WHERE person_id = :id AND ended_at IS NULL", id=who.id)
    return str(rows[-1][0])


@spec("attacks.md", "S2")
def test_nobody_ends_the_sessions_of_another(stage: Stage, user: Human) -> None:
    victim = stage.human()
    held, attacker = stage.visitor(victim), stage.visitor(user)
    assert attacker.post(f"/account/sessions/{_session(stage, victim)}/end").status_code == 404
    assert held.is_in()


@spec("attacks.md", "S3")
@spec("ASVS 5.0", "7.4.3")
def test_a_new_password_ends_everything_else(stage: Stage) -> None:
    who = stage.human()
    here, there = stage.visitor(who), stage.visitor(who)
    rp_here, rp_there = stage.rp(here), stage.rp(there)
    mine, theirs = rp_here.tokens(), rp_there.tokens(scope="openid offline_access")
    form = {"current_password": who.password, "new_password": "perahu kuning di sungai", "confirm_password": "perahu kuning di sungai"}
    wrong = here.post("/account/password", {**form, "current_password": "not this one"}, page="/account/password")
    assert wrong.status_code == 400 and there.is_in()
    assert here.post("/account/password", form, page="/account/password").status_code == 303
    assert here.is_in() and not there.is_in()
    assert rp_there.refresh(theirs["refresh_token"]).error == "invalid_grant" and rp_there.userinfo(theirs["access_token"]).status == 401
    assert rp_here.refresh(mine["refresh_token"]).ok, "this browser goes on"


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, frozenset[str]]]:
    """Every page that changes something: (path, methods)."""
    app = Flask("map")
    web.register(app)
    filled = [(re.sub(r"<[^>]+>", "x", re.sub(r"<int:[^>]+>", "1", rule.rule)), rule.methods) for rule in app.url_map.iter_rules()]
    rules = [(path, frozenset(methods or ())) for path, methods in filled]
    return [*rules, ("/language", frozenset({"POST"}))]


@spec("attacks.md", "S4")
@spec("ASVS 5.0", "3.5.1")
def test_no_form_of_another_site_is_obeyed(stage: Stage, user: Human, routes: list[tuple[str, frozenset[str]]]) -> None:
    visitor, other = stage.visitor(user), stage.visitor(user)
    good, foreign = visitor.token(), other.token()
    changing = sorted({path for path, methods in routes if "POST" in methods} - _MACHINES - _ANSWERS_OTHER_SITES)
    assert len(changing) >= 15
    before = stage.sql("SELECT count(*) FROM audit_events WHERE subject_id = :id", id=user.id)
    for path in changing:
        for token, headers in (
            (None, {}), ("", {}), (foreign, {}), (good[:-3] + "abc", {}), (good, {"Origin": EVIL}), (good, {"Origin": "null"}),
            (good, {"Origin": stage.server.base + ".evil.test"}), (good, {"Sec-Fetch-Site": "cross-site"}),
            (good, {"Sec-Fetch-Site": "same-site"}),
        ):  # fmt: skip
            form = {"username": user.username, "password": user.password, "choice": "allow"}
            form |= {} if token is None else {"csrf_token": token}
            assert visitor.send(path, form, headers).status_code == 403, (path, token, headers)
        methods = next(known for at, known in routes if at == path)
        if "GET" not in methods:
            assert visitor.get(f"{path}?{urlencode({'csrf_token': good})}").status_code == 405, path
        in_url = visitor.send(f"{path}?{urlencode({'csrf_token': good})}", {})
        assert in_url.status_code == 403, "a token in the address is not one in the form"
    assert stage.sql("SELECT count(*) FROM audit_events WHERE subject_id = :id", id=user.id) == before
    for headers in ({}, {"Origin": EVIL}, {"Sec-Fetch-Site": "cross-site"}):
        assert visitor.send("/logout", {"confirm": "yes"}, headers).status_code == 403, headers
    assert visitor.get("/logout?confirm=yes").status_code == 200 and visitor.is_in(), "a link signs nobody out"
    assert visitor.send("/language", {"csrf_token": good, "language": "id", "return_to": "/"}).status_code == 303


@spec("attacks.md", "S4")
def test_a_json_body_or_another_method_is_no_way_around(stage: Stage, user: Human) -> None:
    visitor = stage.visitor(user)
    body = json.dumps({"csrf_token": visitor.token(), "confirm": "yes"})
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
        assert visitor.send("/account/sessions/end-others", body, {"Content-Type": kind}).status_code in (400, 403), kind
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "HEAD"):
        answer = visitor.send("/account/sessions/end-others", {}, {"X-HTTP-Method-Override": "POST"}, method)
        assert answer.status_code in (400, 403, 405), method
    assert visitor.send("/sign-in", {"csrf_token": visitor.token()}, {"X-HTTP-Method-Override": "GET"}).status_code == 400


PAGES = ["/sign-in", "/forgot-password", "/activate", "/reset/x", "/nowhere", "/authorize", "/logout", "/account", "/account/factors",
         "/account/sessions", "/account/history", "/account/password", "/", "/interaction/x", "/sign-in?again=1"]  # fmt: skip
ENDPOINTS = ["/token", "/userinfo", "/introspect", "/revoke", "/jwks", "/.well-known/openid-configuration", "/healthz", "/static/site.css"]


@spec("attacks.md", "S5")
@spec("ASVS 5.0", "3.4.3")
def test_every_answer_carries_the_headers_that_keep_browsers_safe(stage: Stage, user: Human) -> None:
    visitor = stage.visitor(user)
    for path in PAGES + ENDPOINTS:
        answer = visitor.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy and "unsafe" not in policy, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Referrer-Policy" in answer.headers, path
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert not re.search(r"[0-9]", answer.headers.get("Server", "")), answer.headers.get("Server")
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert "object-src 'none'" in policy and "base-uri 'none'" in policy and "no-store" in answer.headers["Cache-Control"], path
            assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:", answer.text), path
    assert "no-store" in stage.rp().token(grant_type="x").headers["Cache-Control"]
    landed = stage.visitor().password(user)
    assert landed.status_code == 303
    flags = landed.headers["Set-Cookie"].split(", idp_")
    assert all("HttpOnly" in one and "SameSite=Lax" in one and "Domain" not in one for one in flags)


@pytest.fixture
def https_app(tmp_path: Path, sqlite_template: Path) -> Iterator[Flask]:
    """The same application where it is reached over TLS."""
    import shutil

    from idp.app import create_app

    shutil.copy(sqlite_template, tmp_path / "idp.db")
    settings = test_settings(f"sqlite:///{tmp_path / 'idp.db'}", issuer="https://sso.example.go.id", argon2_memory_kib=19456)
    app = create_app(settings)
    yield app
    app.deps.database.dispose()


@spec("attacks.md", "S5")
@spec("ASVS 5.0", "3.3.1")
def test_over_tls_cookies_are_bound_to_the_host_and_browsers_stay_on_tls(https_app: Flask) -> None:
    answer = https_app.test_client().get("/sign-in", base_url="https://sso.example.go.id")
    assert int(answer.headers["Strict-Transport-Security"].split("=")[1].split(";")[0]) >= 31_536_000
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-") and all(flag in cookie for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    planted = https_app.test_client()
    planted.set_cookie("idp_session", "A" * 43, domain="sso.example.go.id")
    assert planted.get("/account", base_url="https://sso.example.go.id").status_code == 303


MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@spec("attacks.md", "S6")
def test_nothing_that_others_wrote_becomes_markup(stage: Stage) -> None:
    who = stage.human()
    with stage.unit() as services:
        services.people.change(OPERATOR, who.id, name=MARKUP[:190])
    visitor = stage.visitor(who)
    visitor.http.headers["User-Agent"] = MARKUP
    rp = stage.rp(visitor, name=MARKUP[:150], topic=MARKUP[:60], first_party=False, home_uri="https://app.example.org/home")
    flow = rp.begin(state=MARKUP, nonce=MARKUP, login_hint=MARKUP, ui_locales=MARKUP, prompt="consent").location
    visitor.http.cookies.clear(domain="localhost.local", path="/", name="idp_session")
    signing_in = visitor.get(visitor.get(flow).headers["Location"])
    assert visitor.password(who, query="?" + visitor.get(flow).headers["Location"].partition("?")[2]).status_code == 303
    pages = [signing_in, visitor.get(visitor.get(flow).headers["Location"])]
    pages += [visitor.get(path) for path in ("/", "/account", "/account/sessions", "/account/history", "/account/applications")]
    pages.append(visitor.get("/?" + urlencode({"q": MARKUP})))
    pages.append(visitor.get("/authorize?" + urlencode({"client_id": MARKUP, "error_description": MARKUP})))
    pages.append(visitor.get("/sign-in?" + urlencode({"return_to": MARKUP, "flow": MARKUP, "again": "1"})))
    pages.append(visitor.get("/" + MARKUP.replace("/", "%2f").replace("<", "%3c")))
    pages.append(rp.logout(client_id=rp.client_id, state=MARKUP, post_logout_redirect_uri=MARKUP))  # type: ignore[arg-type]
    for page in pages:
        assert "<script>" not in page.text and "<img src=x" not in page.text, page.text[:300]
    assert "&lt;script&gt;" in pages[2].text, "it is shown, as text"
    posted = rp.begin(state=MARKUP, response_mode="form_post", prompt="none", scope="openid nonsense")
    assert posted.status == 200 and "<script>alert" not in posted.text and posted.params["state"] == MARKUP


@spec("attacks.md", "S6")
def test_no_address_with_a_script_can_be_registered(stage: Stage) -> None:
    for uri in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "https://app.example.org/\"><script>", "file:///etc/passwd"):
        for name in ("home_uri", "backchannel_logout_uri"):
            with pytest.raises(Exception, match="cannot be"), stage.unit():
                stage.rp(**{name: uri})


@spec("attacks.md", "S7")
@spec("ASVS 5.0", "3.4.2")
def test_only_a_clients_own_pages_read_its_answers(stage: Stage, user: Human) -> None:
    public = stage.rp(stage.visitor(user), auth_method="none", redirect_uris=("https://spa.example.org/cb",))
    stage.rp(redirect_uris=("https://other.example.org/cb",))
    tokens = public.tokens()
    strangers = [EVIL, "null", "https://spa.example.org.evil.test", "http://spa.example.org", "https://spa.example.org:8443", "https://spa.example.or"]
    for origin in [*strangers, "https://other.example.org"]:
        for answer in (public.userinfo(tokens["access_token"], {"Origin": origin}), public.token({"Origin": origin}, grant_type="x"),
                       public.back.post("/revoke", "token=x", {"Origin": origin, "Content-Type": FORM})):  # fmt: skip
            assert "Access-Control-Allow-Origin" not in answer.headers, origin
    own = public.userinfo(tokens["access_token"], {"Origin": "https://spa.example.org"})
    assert own.headers["Access-Control-Allow-Origin"] == "https://spa.example.org" and "Origin" in own.headers["Vary"]
    visitor = stage.visitor(user)
    for path in PAGES + ENDPOINTS:
        for origin in strangers:
            for answer in (visitor.get(path, {"Origin": origin}),
                           visitor.send(path, None, {"Origin": origin, "Access-Control-Request-Method": "POST"}, "OPTIONS")):  # fmt: skip
                assert answer.headers.get("Access-Control-Allow-Origin") is None, (path, origin)
                assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = visitor.send("/token", None, {"Origin": "https://spa.example.org", "Access-Control-Request-Method": "POST"}, "OPTIONS")
    assert asked.headers["Access-Control-Allow-Origin"] == "https://spa.example.org"
    for path in ("/authorize", "/introspect", "/sign-in"):
        answer = visitor.get(path, {"Origin": "https://spa.example.org"})
        assert "Access-Control-Allow-Origin" not in answer.headers, path
