"""A small service that nginx's auth_request asks: is this bearer token alive, meant for this API, and good for this scope?

Standard library only. Settings: IDP_INTROSPECTION_ENDPOINT, CLIENT_ID and CLIENT_SECRET of the API (registered with
`--audience`), AUDIENCE, SCOPE (optional), PORT. Answers 204 with X-Subject, X-Client and X-Scope, 401 or 403, and 503 when
the provider does not answer: an API behind it is closed then, never open.
"""

import json
import os
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError
from urllib.parse import quote_plus, urlencode
from urllib.request import Request, urlopen


def introspect(token: str) -> dict:
    """What the provider says of the token (RFC 7662 section 2.2)."""
    name, secret = quote_plus(os.environ["CLIENT_ID"]), quote_plus(os.environ["CLIENT_SECRET"])
    headers = {"Authorization": "Basic " + b64encode(f"{name}:{secret}".encode()).decode()}
    # The address is the operator's own setting, so any scheme it has is meant.
    asked = Request(os.environ["IDP_INTROSPECTION_ENDPOINT"], urlencode({"token": token}).encode(), headers)  # noqa: S310
    with urlopen(asked, timeout=5) as answer:  # noqa: S310
        return json.load(answer)


def verdict(header: str) -> tuple[int, dict[str, str]]:
    """The status for a request with this Authorization header, and what the API learns."""
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        return 401, {"WWW-Authenticate": "Bearer"}
    try:
        found = introspect(token.strip())
    except (URLError, OSError, ValueError):
        return 503, {}
    audience = found.get("aud")
    if not found.get("active") or os.environ["AUDIENCE"] not in ([audience] if isinstance(audience, str) else audience or ()):
        return 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    scope = os.environ.get("SCOPE")
    if scope and scope not in found.get("scope", "").split():
        return 403, {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
    return 204, {"X-Subject": found.get("sub", ""), "X-Client": found.get("client_id", ""), "X-Scope": found.get("scope", "")}


class Handler(BaseHTTPRequestHandler):
    """Answers auth_request."""

    def do_GET(self) -> None:
        """One question."""
        status, headers = verdict(self.headers.get("Authorization", ""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: a token must not reach a log."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Handler).serve_forever()
