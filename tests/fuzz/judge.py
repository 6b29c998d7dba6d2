"""What no answer may be, whatever was sent: the rules that every case of the fuzzer is judged by."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from tests.fuzz.wire import Got, Sent

# The codes that the specifications register, by where they may be said.
FORM = frozenset({"invalid_request", "invalid_client", "invalid_scope", "unauthorized_client", "temporarily_unavailable", "invalid_target"})
PROOFS = frozenset({"invalid_dpop_proof", "use_dpop_nonce"})
TOKEN = FORM | PROOFS | {
    "invalid_grant", "unsupported_grant_type", "authorization_pending", "slow_down", "access_denied", "expired_token",
    "invalid_authorization_details",
}  # fmt: skip
AUTHORIZE = frozenset(
    {
        "invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope", "server_error",
        "temporarily_unavailable", "interaction_required", "login_required", "account_selection_required", "consent_required",
        "invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported", "invalid_target",
        "unmet_authentication_requirements", "registration_not_supported", "invalid_authorization_details",
    }
)  # fmt: skip
PAR = FORM | PROOFS | AUTHORIZE
BEARER = PROOFS | {"invalid_request", "invalid_token", "insufficient_scope", "insufficient_user_authentication", "temporarily_unavailable"}
QUESTION = FORM | {"unsupported_token_type"}
REGISTER = frozenset(
    {
        "invalid_request", "invalid_token", "access_denied", "invalid_redirect_uri", "invalid_client_metadata",
        "invalid_software_statement", "unapproved_software_statement", "temporarily_unavailable",
    }
)  # fmt: skip

_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
_INNER = re.compile(r'Traceback|File "/|site-packages|sqlalchemy|sqlite3|psycopg|authlib|joserfc|werkzeug|OperationalError|<module>')
_LINKS = re.compile(r'(?:href|src|action|formaction|content)="([^"]*)"', re.IGNORECASE)
_PRIVATE = re.compile(r'"(?:d|p|q|dp|dq|qi|oth)"\s*:|PRIVATE KEY')


class Unsafe(AssertionError):
    """An answer that breaks a rule."""


@dataclass
class Law:
    """What is known about the installation. redirects: by client; leads: other addresses that our pages may name.

    origins: of registered pages, which alone may read answers across origins; secrets: never said by anybody.
    """

    base: str
    redirects: Mapping[str, Collection[str]]
    leads: Collection[str] = ()
    origins: Collection[str] = ()
    secrets: set[str] = field(default_factory=set)

    def judge(self, sent: Sent, got: Got, *, errors: Collection[str] | None, given: Collection[str] = ()) -> None:
        """Raises Unsafe. errors: the codes of a machine endpoint, None for pages; given: credentials sent, not to be repeated."""
        try:
            repeated = sent.told if errors is None else ""  # a page may say to its browser what that sent
            self._everywhere(got, [secret for secret in (*self.secrets, *given) if secret not in repeated])
            self._leads(sent, got)
            if errors is not None and got.header("X-Request-Id") is not None:
                _machine(sent, got, errors)
        except Unsafe as broken:
            raise Unsafe(f"{broken}\n--- sent\n{sent}\n--- got\n{got}") from None

    def _everywhere(self, got: Got, secrets: Collection[str]) -> None:
        _rule(got.status < 500, "a server error (O1)")
        _rule(got.status >= 200, "no final status")
        said = got.text + "\n" + "\n".join(f"{name}: {value}" for name, value in got.headers)
        _rule(not _INNER.search(said), "something of our insides is shown (X7)")
        _rule(not _PRIVATE.search(said), "a private key is shown (T1)")
        leaked = next((secret for secret in secrets if secret in said), None)
        _rule(leaked is None, f"a secret is shown: {leaked}")
        _rule(all(value.isprintable() or value.isascii() for _, value in got.headers), "a header that is not text")
        _rule(not any(c in name + value for name, value in got.headers for c in "\r\n\0"), "a header with a line break")
        _rule(got.header("X-Content-Type-Options") == "nosniff" or got.header("X-Request-Id") is None, "no nosniff (S5)")
        allowed = got.header("Access-Control-Allow-Origin")
        _rule(allowed is None or allowed in self.origins, "readable by a page of nobody's (S7)")
        _rule(got.header("Access-Control-Allow-Credentials") is None, "readable with cookies across origins (S7)")

    def _leads(self, sent: Sent, got: Got) -> None:
        """O3: nobody is led anywhere but to ourselves or a registered address, a code only to its own client."""
        location = got.header("Location")
        # What a page of ours goes on with names its client itself.
        own = sent.target.startswith(("/interaction/", "/logout"))
        named = list(self.redirects) if own else [value for name, value in sent.params if name == "client_id"]
        if location is not None:
            _rule(300 <= got.status < 400, "a Location without a redirect")
            _rule(got.status != 307 and got.status != 308, "a redirect that posts on (RFC 9700 section 4.12)")
            _rule(
                self._own(location) or self._registered(location, named) or location.split("?")[0] in self.leads, "an open redirect (R1-R4)"
            )
            if not self._own(location):
                _answer(dict(parse_qsl(urlsplit(location).query, keep_blank_values=True)), self.base)
        _rule((refresh := got.header("Refresh")) is None or self._led(refresh.partition("url=")[2]), "an open refresh (R4)")
        if (got.header("Content-Type") or "").startswith("text/html"):
            foreign = [
                one
                for link in _LINKS.findall(got.text)
                if re.match(r"\s*[\w+.-]*:|\s*[/\\]{2}", one := unescape(link)) and not self._led(one)
            ]
            _rule(not foreign, f"a page leads to an address of nobody's: {foreign}")

    def _own(self, url: str) -> bool:
        return bool(re.match(r"/(?![/\\])", url)) or url.startswith(self.base + "/")

    def _registered(self, url: str, client_ids: Collection[str]) -> bool:
        uris = [uri for client_id in client_ids for uri in self.redirects.get(client_id, ())]
        return any(url == uri or url.startswith(uri + ("&" if "?" in uri else "?")) for uri in uris) or any(
            re.match(re.escape(uri).replace("127\\.0\\.0\\.1", "127\\.0\\.0\\.1(:\\d{1,5})?", 1) + r"\?", url)
            for uri in uris
            if "127.0.0.1" in uri
        )

    def _led(self, url: str) -> bool:
        everyone = [uri for uris in self.redirects.values() for uri in uris]
        return (
            self._own(url)
            or any(url == lead or url.startswith(lead + "?") for lead in (*everyone, *self.leads))
            or self._registered(url, self.redirects)
        )


def _answer(params: Mapping[str, str], base: str) -> None:
    """What goes to an application through the browser (RFC 6749 section 4.1.2, RFC 9207, JARM)."""
    if "error" in params:
        _rule(params["error"] in AUTHORIZE, f"{params['error']} is no error of the authorization endpoint")
        _rule("code" not in params, "an error with a code")
        _rule(bool(_DESCRIPTION.fullmatch(params.get("error_description", ""))), "a description with characters that it may not have")
    if "error" in params or "code" in params:
        _rule(params.get("iss") == base, "an answer without iss (RFC 9207)")


def _machine(sent: Sent, got: Got, errors: Collection[str]) -> None:
    """RFC 6749 sections 5.1 and 5.2: JSON, never kept, a registered code, a description in its characters."""
    kept = got.header("Cache-Control") or ""
    _rule("no-store" in kept or (got.status in (200, 304) and "max-age" in kept), "an answer of a machine endpoint that may be kept")
    _rule(not got.body or not (got.header("Content-Type") or "").startswith("text/html"), "a machine is answered with a page")
    _rule(not 300 <= got.status < 400 or got.status == 304, "a machine is redirected")
    if got.status < 400 or sent.method == "HEAD":
        return
    _rule((got.header("Content-Type") or "").split(";")[0] == "application/json", "an error that is not JSON")
    try:
        said = json.loads(got.body)
    except ValueError:
        raise Unsafe("an error that is not JSON") from None
    _rule(
        isinstance(said, dict) and said.get("error") in list(errors),
        f"{said.get('error') if isinstance(said, dict) else said} is no error of this endpoint",
    )
    _rule(all(isinstance(value, str) for value in said.values()), "a member of an error that is not text")
    _rule(bool(_DESCRIPTION.fullmatch(said.get("error_description", ""))), "a description with characters that it may not have")
    in_header = any(name == "Authorization" and value[:6].lower() == "basic " for name, value in sent.headers)
    asked = got.status == 401 and (in_header or said["error"] != "invalid_client")
    _rule(not asked or got.header("WWW-Authenticate") is not None, "401 without a challenge (RFC 6749 section 5.2, RFC 6750 section 3)")


def _rule(kept: bool, sentence: str) -> None:
    if not kept:
        raise Unsafe(sentence)
