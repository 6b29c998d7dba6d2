"""What is measured: each workload is a script over a `Target`; the same bytes go to every server."""

import base64
import hashlib
import html
import json
import re
import secrets
from collections.abc import Callable, Generator
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from bench.answer import Answer, AnswerError
from bench.proofs import Prover
from bench.target import App, Target, Tokens
from bench.wire import Loop, Script

SCOPE = "openid profile email"
_HIDDEN = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'(\w[\w-]*)="([^"]*)"')
Steps = Generator[bytes, Answer, Tokens]


def _asked(app: App, challenge: str, extra: dict[str, str]) -> dict[str, str]:
    return {
        "response_type": "code", "client_id": app.client_id, "redirect_uri": app.redirect_uri, "scope": SCOPE,
        "state": secrets.token_urlsafe(12), "nonce": secrets.token_urlsafe(12),
        "code_challenge": challenge, "code_challenge_method": "S256", **extra,
    }  # fmt: skip


def code_of(location: str, app: App) -> str:
    """The code of an authorization answer; raises AnswerError when the browser was sent anywhere else or to an error."""
    query = parse_qs(urlsplit(location).query)
    if not location.startswith(app.redirect_uri) or "code" not in query:
        raise AnswerError(f"authorize went to {location[:120]}")
    return query["code"][0]


def redeem(target: Target, app: App, code: str, verifier: str, prover: Prover | None = None) -> bytes:
    """The token request of the code grant with PKCE (RFC 7636)."""
    proof = prover.proof("POST", target.url(target.token)) if prover else None
    values = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri, "code_verifier": verifier}
    return target.post(target.token, values, basic=app.basic, proof=proof)


def sign_on(
    target: Target, app: App, cookie: str, extra: dict[str, str] | None = None, *, pushed: bool = False, prover: Prover | None = None
) -> Steps:
    """Authorize with a live session, redeem the code with PKCE, and give the tokens.

    pushed: the request goes ahead by RFC 9126; prover: the tokens are bound to its key by RFC 9449.
    """
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    values = _asked(app, challenge, extra or {})
    if pushed:
        answer = yield target.post(target.pushed, values, basic=app.basic)
        values = {"client_id": app.client_id, "request_uri": json.loads(answer.expect(201).body)["request_uri"]}
    answer = yield target.get(f"{target.authorize}?{urlencode(values, quote_via=quote)}", cookie=cookie)
    code = code_of(answer.expect(302, 303).header("location") or "", app)
    answer = yield redeem(target, app, code, verifier, prover)
    body = json.loads(answer.expect(200).body)
    if "id_token" not in body:
        raise AnswerError("no id_token")
    return Tokens(body["access_token"], body.get("refresh_token"))


def _flow(app_name: str) -> Callable[[Target], Callable[[int], Script]]:
    def bind(target: Target) -> Callable[[int], Script]:
        app = target.apps[app_name]

        def script(number: int) -> Script:
            tokens = yield from sign_on(target, app, target.cookies[number % len(target.cookies)])
            answer = yield target.get(target.userinfo, bearer=tokens.access)
            _expect_email(answer)

        return script

    return bind


def flow_par(target: Target) -> Callable[[int], Script]:
    """The flow with its request pushed first (RFC 9126): one more request."""
    app = target.apps["flow"]

    def script(number: int) -> Script:
        tokens = yield from sign_on(target, app, target.cookies[number % len(target.cookies)], pushed=True)
        answer = yield target.get(target.userinfo, bearer=tokens.access)
        _expect_email(answer)

    return script


def flow_dpop(target: Target) -> Callable[[int], Script]:
    """The flow with tokens bound to a key (RFC 9449): a proof at the token endpoint and one at userinfo."""
    app, prover = target.apps["flow"], Prover()

    def script(number: int) -> Script:
        tokens = yield from sign_on(target, app, target.cookies[number % len(target.cookies)], prover=prover)
        proof = prover.proof("GET", target.url(target.userinfo), tokens.access)
        answer = yield target.get(target.userinfo, bearer=tokens.access, proof=proof)
        _expect_email(answer)

    return script


def _expect_email(answer: Answer) -> None:
    if b'"email"' not in answer.expect(200).body:
        raise AnswerError("userinfo without the claims asked for")


def client_credentials(target: Target, *, jwt: bool = True, client: str = "machine") -> Callable[[int], Script]:
    """A machine's token: a JWT access token for one resource; jwt=False lets a server give its default kind."""
    app = target.apps[client]
    values = {"grant_type": "client_credentials", "scope": "api"}
    if target.resource and jwt:
        values["resource"] = target.resource
    request = target.post(target.token, values, basic=app.basic)

    def script(_: int) -> Script:
        answer = yield request
        if b"access_token" not in answer.expect(200).body:
            raise AnswerError("no access token")

    return script


def refresh(target: Target) -> Callable[[int], Script]:
    """A confidential client's refresh: a new access token and ID token for the refresh token it keeps."""
    app = target.apps["refresh"]

    def script(number: int) -> Script:
        tokens = target.tokens[number]
        assert tokens.refresh is not None
        answer = yield target.post(target.token, {"grant_type": "refresh_token", "refresh_token": tokens.refresh}, basic=app.basic)
        body = json.loads(answer.expect(200).body)
        if "id_token" not in body:
            raise AnswerError("no id_token")
        tokens.refresh = body.get("refresh_token", tokens.refresh)

    return script


def introspection(target: Target) -> Callable[[int], Script]:
    """Introspection of a live access token by the client it was given to (RFC 7662)."""
    app = target.apps["refresh"]

    def script(number: int) -> Script:
        answer = yield target.post(target.introspection, {"token": target.tokens[number].access}, basic=app.basic)
        if b'"active":true' not in answer.expect(200).body.replace(b" ", b""):
            raise AnswerError("the token is not active")

    return script


def userinfo(target: Target) -> Callable[[int], Script]:
    """Userinfo by a live access token."""

    def script(number: int) -> Script:
        answer = yield target.get(target.userinfo, bearer=target.tokens[number].access)
        if b'"email"' not in answer.expect(200).body:
            raise AnswerError("userinfo without the claims asked for")

    return script


def discovery(target: Target) -> Callable[[int], Script]:
    """The discovery document, whole."""
    request = target.get(target.discovery)

    def script(_: int) -> Script:
        answer = yield request
        if b"authorization_endpoint" not in answer.expect(200).body:
            raise AnswerError("not a discovery document")

    return script


class Jar:
    """The cookies of one browser visit."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def take(self, answer: Answer) -> Answer:
        """Keep (or drop) what the answer sets."""
        for line in answer.headers("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.split(";", 1)[0]
            if value and "max-age=0" not in rest.lower() and "01 jan 1970" not in rest.lower():
                self.values[name.strip()] = value
            else:
                self.values.pop(name.strip(), None)
        return answer

    @property
    def header(self) -> str:
        """The Cookie header's value."""
        return "; ".join(f"{name}={value}" for name, value in self.values.items())


def hidden_fields(page: bytes) -> dict[str, str]:
    """Names and values of a page's hidden inputs (the CSRF token among them)."""
    found = {}
    for tag in _HIDDEN.findall(page.decode(errors="replace")):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if attributes.get("type") == "hidden" and "name" in attributes:
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return found


def sign_in_by_forms(target: Target, username: str, password: str, jar: Jar) -> Script:
    """Fetch the sign-in form, post it with its CSRF token, and follow until the session is made."""
    answer = jar.take((yield target.get("/sign-in"))).expect(200)
    values = {**hidden_fields(answer.body), "username": username, "password": password}
    before = set(jar.values)
    answer = jar.take((yield target.post("/sign-in", values, cookie=jar.header))).expect(302, 303)
    for _ in range(3):
        if any("session" in name and "csrf" not in name for name in set(jar.values) - before):
            return
        location = urlsplit(answer.header("location") or "/")
        path = location.path + (f"?{location.query}" if location.query else "")
        answer = jar.take((yield target.get(path, cookie=jar.header))).expect(200, 302, 303)
    raise AnswerError(f"no session after the sign-in; cookies {sorted(jar.values)}, at {answer.header('location')}")


_DEVICES = 24


def sign_in(target: Target) -> Callable[[int], Script]:
    """A whole password sign-in as on every working morning: the browser is known from before, the session of yesterday is gone."""
    devices: dict[str, dict[str, str]] = {}

    def script(_: int) -> Script:
        username, password = target.people[secrets.randbelow(min(_DEVICES, len(target.people)))]
        jar = Jar()
        jar.values.update(devices.get(username, {}))
        yield from sign_in_by_forms(target, username, password, jar)
        kept = {name: value for name, value in jar.values.items() if name.endswith("device")}
        if kept:
            devices[username] = kept

    return script


def sign_in_new_device(target: Target) -> Callable[[int], Script]:
    """The same from a browser without any cookie: the device is remembered, and a letter tells the person."""

    def script(_: int) -> Script:
        username, password = target.people[secrets.randbelow(len(target.people))]
        yield from sign_in_by_forms(target, username, password, Jar())

    return script


def fill_tokens(target: Target, count: int) -> None:
    """Give `count` virtual people an access token and a refresh token each, before a trial that needs them."""
    app = target.apps["refresh"]
    given: list[Tokens] = []

    def script(_: int) -> Script:
        cookie = target.cookies[len(given) % len(target.cookies)]
        given.append((yield from sign_on(target, app, cookie, target.offline)))

    with Loop(target.address, 1) as loop:
        load = loop.run(script, seconds=60, operations=count)
    if load.failures or any(tokens.refresh is None for tokens in given):
        raise AnswerError(f"tokens for the trial: {load.example or 'no refresh token'}")
    target.tokens = given


flow_rs256 = _flow("flow")
flow_es256 = _flow("flow_es256")
