"""Calling addresses that clients give: one guarded way out (attacks X1; ASVS 13.2.4, 13.2.5).

https, public addresses and the operator's allowed networks only, the checked address is the one connected to (a name that
changes its mind between the check and the call gains nothing), no redirects, no proxy, no cookies, 5 s, 64 kB.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address
from urllib3.exceptions import HTTPError

from idp.clients.addresses import Network, call_problem, reachable

SECONDS = 5.0
MOST_BYTES = 65_536
_CONFIG = Config(
    ip_filter_enable=False,  # our own adapter filters: the library knows no allowed networks
    ip_filter_allow_loopback_ips=False,
    never_redirect=True,
    default_timeout=(2.0, SECONDS),
    user_agent_override="idp",
)


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """The call did not succeed: refused | unreachable | too_slow | too_large | status | not_json. Says nothing of what was there."""

    reason: str


class _PinnedAdapter(HTTPAdapter):
    """Resolves a name once, judges the number, and connects to that number with the name kept for TLS."""

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        super().__init__(max_retries=0)
        self._allowed = allowed

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Replace the host by its judged address; raises InvalidIPAddress."""
        parts: Any = super().build_connection_pool_key_attributes(request, verify, cert)
        where, pool = parts
        name, port = where["host"], where["port"]
        request.headers["Host"] = (f"[{name}]" if ":" in name else name) + (f":{port}" if port else "")
        if where["scheme"] == "https":
            pool.update(assert_hostname=name, server_hostname=name)
        address = self._address(name, port or (443 if where["scheme"] == "https" else 80))
        where["host"] = f"[{address}]" if ":" in address else address
        return where, pool

    def _address(self, name: str, port: int) -> str:
        try:
            number, _ = get_ip_address(name, port, allow_loopback=False)
        except InvalidIPAddress as error:
            number = ip_address(str(error.args[0]))
            if not reachable(number, self._allowed):
                raise
        except OSError as error:
            raise requests.ConnectionError("the name does not resolve") from error
        return str(number)


class GuardedHttp:
    """The client for client-given addresses; holds no connection between calls.

    allowed_networks: private networks that may be called; with loopback among them, http on loopback too.
    """

    def __init__(self, allowed_networks: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed_networks)

    def get_json(self, url: str) -> Any | FetchFailed:
        """The JSON document at `url`, or why not. Raises nothing."""
        found = self._send("GET", url, headers={"Accept": "application/json"})
        if isinstance(found, FetchFailed):
            return found
        status, body = found
        if status != 200:
            return FetchFailed("status")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return FetchFailed("not_json")

    def get_text(self, url: str) -> str | FetchFailed:
        """The ASCII document at `url` (a JWT), or why not. Raises nothing."""
        found = self._send("GET", url)
        if isinstance(found, FetchFailed):
            return found
        status, body = found
        if status != 200:
            return FetchFailed("status")
        return body.decode("ascii", "replace")

    def post_form(self, url: str, data: Mapping[str, str]) -> int | FetchFailed:
        """Post a form and give the status, whatever it is; or why there was no answer. Raises nothing."""
        found = self._send("POST", url, data=dict(data))
        return found if isinstance(found, FetchFailed) else found[0]

    def _send(self, method: str, url: str, **values: Any) -> tuple[int, bytes] | FetchFailed:
        if call_problem(url, self._allowed):
            return FetchFailed("refused")
        deadline = time.monotonic() + SECONDS
        try:
            with self._session() as session, session.request(method, url, stream=True, allow_redirects=False, **values) as answer:
                body = _read(answer, deadline)
                return body if isinstance(body, FetchFailed) else (answer.status_code, body)
        except InvalidIPAddress:
            return FetchFailed("refused")
        except requests.Timeout:
            return FetchFailed("too_slow")
        except (requests.RequestException, HTTPError, OSError, ValueError):
            return FetchFailed("unreachable")

    def _session(self) -> HTTPSession:
        session = HTTPSession(_CONFIG)
        session.trust_env = False  # no proxy, no .netrc: they would go around the guard
        session.headers["Accept-Encoding"] = "identity"  # so that 64 kB are 64 kB
        session.mount("https://", _PinnedAdapter(self._allowed))
        session.mount("http://", _PinnedAdapter(self._allowed))
        return session


def _read(answer: requests.Response, deadline: float) -> bytes | FetchFailed:
    """The body, piece by piece as it comes, so that neither size nor a trickle passes the limits."""
    body = bytearray()
    while piece := answer.raw.read1(8192, decode_content=False):
        body += piece
        if len(body) > MOST_BYTES:
            return FetchFailed("too_large")
        if time.monotonic() > deadline:
            return FetchFailed("too_slow")
    return bytes(body)
