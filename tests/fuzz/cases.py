"""A case: an honest request of some kind, and what was done to it. Strategies, and how a case becomes a request."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.scene import Scene, escaped
from tests.fuzz.values import Live, Signed, Value, anything, authorization, client, nasty
from tests.rp import FORM

NAMED = "@client@"  # in a document: the client that is managed
Pairs = tuple[tuple[str, Value], ...]
_SECRET_KINDS = frozenset({"code", "secret", "assertion", "refresh_token", "access_token", "device_code"})
KINDS = [FORM] * 12 + [
    "application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "", "\xff",
    f"{FORM}; charset=utf-16", f"{FORM}; charset=nonsense", f"{FORM};", "Application/X-WWW-Form-Urlencoded", "application/xml",
]  # fmt: skip
RAW = [
    b"",
    b"\xff\xfe",
    b"{",
    b"[]",
    b"null",
    b"a=%",
    b"a=%ff%00",
    b"--x\r\n\r\n",
    b"&&&===",
    b"a" * 70_000,
    b"a=1&" * 200,
    b"\x00",
    b"=",
    b"client_id",
]
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "FOO")
# What happens to the text of a form on its way.
_BROKEN: Mapping[str, Callable[[str], str]] = {
    "": lambda text: text, "percent": lambda text: text + "%", "hex": lambda text: text.replace("=", "=%zz", 1),
    "latin": lambda text: text + "&x=\xff\xfe",
    "overlong": lambda text: text + "&x=%c0%af%ed%a0%80", "null": lambda text: text + "&%00=%00", "amps": lambda text: "&&" + text + "&&=&",
    "semicolons": lambda text: text.replace("&", ";"), "no equals": lambda text: text.replace("=", "", 1),
    "spaces": lambda text: text.replace("=", "+=+"),
    "brackets": lambda text: text.replace("=", "[]=", 2), "upper": lambda text: text.upper(), "many": lambda text: text + "&y=1" * 120,
}  # fmt: skip
_HEADERS: Sequence[tuple[str, str]] = [
    ("Origin", "https://web.example.org"), ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", "\xff"), ("Accept",
    "text/html"),
    ("Accept", "application/json"), ("Accept", "application/token-introspection+jwt"), ("Accept", "*/*;q=x,,;"),
    ("Accept-Language", "zz-\xff;q=a"),
    ("Host", "evil.example"), ("X-Forwarded-For", "evil"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "gopher"),
    ("X-Client-Certificate", "x"), ("X-Client-Certificate", ":AAAA:"), ("X-Client-Certificate", "%"), ("DPoP", ""), ("DPoP", "a.b.c"),
    ("If-None-Match", '"'), ("If-None-Match", "*"), ("If-Modified-Since", "x"), ("Range", "bytes=0-0"),
    ("Expect", "x"), ("Transfer-Encoding", "x"),
    ("Cookie", "idp_session=%00; =; ;; idp_browser=\xff"), ("Cookie", "session=eyJ.x.y"), ("User-Agent", "\xff" * 3000),
    ("Sec-Fetch-Site", "cross-site"),
    ("Content-Encoding", "gzip"), ("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/metrics"),
    ("Access-Control-Request-Method", "POST"),
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A request before its credentials are made. proved: whose client authentication goes along; browser: the person's cookies do."""

    method: str
    path: str | Live
    params: Pairs = ()
    query: Pairs = ()
    proved: str | None = None
    browser: bool = False
    headers: tuple[tuple[str, Value], ...] = ()
    kind: str = FORM
    raw: bytes | None = None
    broken: str = ""
    document: Any = None

    def __post_init__(self) -> None:
        assert self.broken in _BROKEN

    def made(self, scene: Scene) -> tuple[Any, list[str]]:
        """(the request, the credentials in it)."""
        return _made(self, scene)


def _made(case: Case, scene: Scene) -> tuple[Any, list[str]]:
    from tests.fuzz.wire import Sent

    given: list[str] = []

    def text(value: Value) -> str:
        found = value if isinstance(value, str) else value.text(scene)
        if isinstance(value, Signed) or (isinstance(value, Live) and value.kind in _SECRET_KINDS and len(found) > 20):
            given.append(found)
        return found

    headers, more = scene.proved(case.proved) if case.proved is not None else ({}, {})
    params = [(name, text(value)) for name, value in case.params]
    params = [*((name, value) for name, value in more.items() if name not in dict(params)), *params]
    query = _BROKEN[case.broken if case.method == "GET" else ""](_form([(name, text(value)) for name, value in case.query]))
    body = case.raw
    if body is None and case.document is not None:
        named = scene.live("registration", "").split(" ")[0] if NAMED in case.document else ""
        body = case.document.replace(NAMED, named).encode("utf-8", "surrogatepass")
    if body is None and case.kind.lower().startswith("application/json"):
        body = json.dumps(dict(params)).encode()
    if body is None:
        body = _BROKEN[case.broken](_form(params)).encode("latin-1", "replace")
    if case.browser:
        headers = {"Cookie": scene.cookie} | headers
    headers |= {name: text(value) for name, value in case.headers}
    if case.method not in ("GET", "HEAD") or case.raw:
        headers = {"Content-Type": case.kind} | headers
    else:
        body = b""
    path = case.path if isinstance(case.path, str) else text(case.path)
    safe = tuple((name, value.encode("utf-8", "replace").decode("latin-1").translate(_CONTROLS)) for name, value in headers.items())
    return Sent(case.method, path + ("?" + query if query else ""), safe, body), given


_CONTROLS = dict.fromkeys([*range(0x20), 0x7F])


def _form(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{escaped(name)}={escaped(value)}" for name, value in pairs)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint as it is fuzzed.

    honest: the cases to begin with; names: parameters it reads; errors: its codes, None for pages; good: statuses some case must reach.
    """

    name: str
    honest: st.SearchStrategy[Case]
    names: Sequence[str] = ()
    errors: frozenset[str] | None = None
    good: frozenset[int] = frozenset({200})
    methods: Sequence[str] = METHODS


@st.composite
def changed(draw: Any, endpoint: Endpoint) -> Case:
    """An honest case, with none to a few things wrong with it."""
    case: Case = draw(endpoint.honest)
    where = "query" if case.method == "GET" else "params"
    items = list(getattr(case, where))
    for _ in range(draw(st.sampled_from([1, 0, 1, 2, 1, 2, 3]))):
        how = draw(st.sampled_from(_WAYS))
        if how == "add":
            items.append((draw(st.sampled_from(endpoint.names or ["x"])), draw(anything)))
        elif how == "move":
            other = "params" if where == "query" else "query"
            case = replace(case, **{other: (*getattr(case, other), *items[:2])})
        elif how in _ASIDE:
            case = _ASIDE[how](draw, case, endpoint)
        elif items:
            at = draw(st.integers(0, len(items) - 1))
            name, value = items[at]
            if how == "drop":
                del items[at]
            elif how == "set":
                items[at] = (name, draw(anything))
            elif how == "double":
                items.append((name, value))
            elif how == "swap":
                items[at] = (items[-1][0], value)
            else:
                items[at] = (draw(nasty), value)
    return replace(case, **{where: tuple(items)})


_WAYS = (
    ["set"] * 8
    + ["drop"] * 3
    + ["double"] * 2
    + ["add"] * 4
    + ["header"] * 2
    + ["swap", "rename", "move", "method", "kind", "raw", "broken", "authorization", "proved"]
)


def _proved(draw: Any, case: Case, _endpoint: Endpoint) -> Case:
    return replace(case, proved=draw(st.one_of(st.none(), client)))


def _authorization(draw: Any, case: Case, _endpoint: Endpoint) -> Case:
    return replace(case, headers=(*case.headers, ("Authorization", draw(authorization))))


_ASIDE: Mapping[str, Callable[[Any, Case, Endpoint], Case]] = {
    "header": lambda draw, case, _: replace(case, headers=(*case.headers, draw(st.sampled_from(_HEADERS)))),
    "method": lambda draw, case, endpoint: replace(case, method=draw(st.sampled_from(endpoint.methods))),
    "kind": lambda draw, case, _: replace(case, kind=draw(st.sampled_from(KINDS))),
    "raw": lambda draw, case, _: replace(case, raw=draw(st.one_of(st.sampled_from(RAW), st.binary(max_size=60)))),
    "broken": lambda draw, case, _: replace(case, broken=draw(st.sampled_from(sorted(_BROKEN)))),
    "authorization": _authorization,
    "proved": _proved,
}
