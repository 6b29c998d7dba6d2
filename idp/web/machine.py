"""The machine endpoints' short way: what a client library asks thousands of times a minute is answered before Flask begins.

Flask's contexts, routing, hooks and response object cost more than many of these requests themselves. Here only the usual
case is served: an exact address and method, no `Origin`, nothing that needs a page. Every other request takes the long way
through the views of `protocol.py` and `wellknown.py`, which serve by the same two tables; so does one that fails for a reason
nobody foresaw, after its unit was rolled back, because the long way knows how to say it.
"""

import io
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from idp.kernel.actor import Actor
from idp.kernel.errors import Busy
from idp.kernel.logs import logger
from idp.kernel.randomness import letters
from idp.protocol import oidc_core_userinfo, oidc_discovery, rfc7517_jwks, rfc8414_metadata
from idp.protocol.errors import NO_STORE, Reply
from idp.protocol.request import OAuthRequest
from idp.web.addresses import source
from idp.web.certificates import certificate_of
from idp.web.headers import BARE
from idp.web.metrics import account_for
from idp.web.work import MAX_BODY, unit_of_work
from idp.wiring import Deps, Services

log = logger("idp.web")

Environ = dict[str, Any]
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
# With one of these a request is not the usual case: answers across origins, proofs that are written down, conditions.
_UNUSUAL = frozenset({"HTTP_ORIGIN", "HTTP_DPOP", "HTTP_IF_NONE_MATCH", "HTTP_TRANSFER_ENCODING"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address. answer: what the protocol says to it; read_only: it writes nothing."""

    answer: Callable[[Deps, OAuthRequest], Reply]
    read_only: bool = False


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "/token"): Endpoint(lambda deps, asked: deps.oauth.token(asked)),
    ("POST", "/introspect"): Endpoint(lambda deps, asked: deps.oauth.endpoint("introspection", asked)),
    ("POST", "/revoke"): Endpoint(lambda deps, asked: deps.oauth.endpoint("revocation", asked)),
    ("GET", "/userinfo"): Endpoint(lambda _deps, asked: oidc_core_userinfo.userinfo(asked), read_only=True),
    ("POST", "/userinfo"): Endpoint(lambda _deps, asked: oidc_core_userinfo.userinfo(asked), read_only=True),
}

DOCUMENTS: Mapping[str, tuple[Callable[[Deps], tuple[bytes, str]], int]] = {
    oidc_discovery.PATH: (lambda deps: deps.oauth.discovery, rfc8414_metadata.MAX_AGE_SECONDS),
    rfc8414_metadata.PATH: (lambda deps: deps.oauth.discovery, rfc8414_metadata.MAX_AGE_SECONDS),
    rfc7517_jwks.PATH: (lambda deps: rfc7517_jwks.document(deps.ring), rfc7517_jwks.MAX_AGE_SECONDS),
}


def document_of(deps: Deps, path: str) -> Reply:
    """One of `DOCUMENTS`, told apart by its entity tag."""
    find, seconds = DOCUMENTS[path]
    body, tag = find(deps)
    kept = ("Cache-Control", f"public, max-age={seconds}")
    return Reply(200, body, (("Content-Type", "application/json"), kept, ("ETag", f'"{tag}"'), ("Vary", "Origin")))


class RequestHeaders(Mapping[str, str]):
    """The headers of a WSGI request, found by name whatever their case."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        key = name.upper().replace("-", "_")
        return str(self._environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"])

    def __iter__(self) -> Iterator[str]:
        return (key[5:].replace("_", "-").title() for key in self._environ if key.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Machines:
    """Answers what it can; None means that the request must take the long way."""

    def __init__(self, deps: Deps, constant_headers: list[tuple[str, str]]) -> None:
        self._deps = deps
        self._constant = [*constant_headers, ("Content-Security-Policy", BARE)]

    def answer(self, environ: Environ, start_response: Any) -> Iterable[bytes] | None:
        """Serve one request of the usual kind."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        endpoint = ENDPOINTS.get((method, path))
        if endpoint is None and not (method == "GET" and path in DOCUMENTS):
            return None
        if not _UNUSUAL.isdisjoint(environ) or environ.get("SCRIPT_NAME"):
            return None
        started, ip = time.perf_counter(), _source(self._deps, environ)
        number = letters(self._deps.randomness, 10)
        reply = self._reply(endpoint, environ, ip, number) if endpoint is not None else document_of(self._deps, path)
        if reply is None:
            return None
        account_for(method, path, reply.status, time.perf_counter() - started, request=number, ip=ip)
        headers = [*reply.headers, ("Content-Length", str(len(reply.body))), ("X-Request-Id", number), *self._constant]
        if not any(name == "Cache-Control" for name, _ in reply.headers):
            headers.append(("Cache-Control", "no-store"))
        start_response(_STATUS[reply.status], headers)
        return [reply.body]

    def _reply(self, endpoint: Endpoint, environ: Environ, ip: str | None, number: str) -> Reply | None:
        body = _body(environ)
        if body is None:
            return None
        deps = self._deps
        try:
            with unit_of_work(deps, read_only=endpoint.read_only) as services:
                return endpoint.answer(deps, _request(services, environ, body, ip, number))
        except Busy as error:
            wait = str(error.params.get("retry_after", 1))
            said = {"error": "temporarily_unavailable", "error_description": error.sentence, "incident": number}
            log.info("refused", code_name=error.code, incident=number, detail=error.sentence)
            return Reply(503, json.dumps(said).encode(), (("Content-Type", "application/json"), *NO_STORE, ("Retry-After", wait)))
        except Exception:  # noqa: BLE001 - whatever it is: nothing was kept, and the long way will say what it was
            environ["wsgi.input"] = io.BytesIO(body)
            return None


def _body(environ: Environ) -> bytes | None:
    """The body of a POST; None when it is too long, or its length is not told as it should be."""
    if environ["REQUEST_METHOD"] != "POST":
        return b""
    told = environ.get("CONTENT_LENGTH") or "0"
    if not told.isdecimal() or int(told) > MAX_BODY:
        return None
    body: bytes = environ["wsgi.input"].read(int(told))
    return body


def _request(services: Services, environ: Environ, body: bytes, ip: str | None, number: str) -> OAuthRequest:
    deps = services.deps
    return OAuthRequest(
        method=environ["REQUEST_METHOD"],
        url=deps.settings.issuer + environ["PATH_INFO"],
        query=environ.get("QUERY_STRING", ""),
        body=body.decode("utf-8", "replace"),
        content_type=environ.get("CONTENT_TYPE", ""),
        headers=RequestHeaders(environ),
        desk=services.desk,
        actor=Actor("anonymous", ip=ip, agent=environ.get("HTTP_USER_AGENT"), request_id=number),
        peer_certificate=certificate_of(environ, deps.settings),
    )


def _source(deps: Deps, environ: Environ) -> str | None:
    return source(environ.get("REMOTE_ADDR"), environ.get("HTTP_X_FORWARDED_FOR", ""), deps.settings.trusted_proxies)
