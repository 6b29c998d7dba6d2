"""A protocol request as plain values, whatever framework it came through.

GET reads the query only, POST the body only; a duplicated parameter is refused for every name (RFC 6749 sections 3.1
and 3.2), where Authlib checks five names and merges query and body; `resource` alone may repeat (RFC 8707 section 2).
"""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request

from idp.kernel.actor import Actor
from idp.protocol.adapters import ClientView
from idp.protocol.conf import Desk

FORM = "application/x-www-form-urlencoded"
_MANY = frozenset({"resource"})
_MOST_FIELDS = 100
_LONGEST_VALUE = 16_384


class Parameters(OAuth2Payload):  # type: ignore[misc]
    """Parsed parameters. problem: why they cannot be used, in words for the client's developer; None when they can."""

    def __init__(self, raw: str) -> None:
        self.problem: str | None = None
        self._lists: dict[str, list[str]] = {}
        try:
            pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            pairs, self.problem = [], "too many parameters"
        for name, value in pairs:
            self._lists.setdefault(name, []).append(value)
        # "Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749 section 3.1).
        self._data = {name: values[0] for name, values in self._lists.items() if values[0]}
        for name, values in self._lists.items():
            if len(values) > 1 and name not in _MANY:
                self.problem = "a parameter is repeated" if not name.isidentifier() else f"{name[:40]} is repeated"
            elif any("\0" in value or len(value) > _LONGEST_VALUE for value in values):
                self.problem = "a parameter holds a null character or is too long"

    @property
    def data(self) -> dict[str, str]:
        """Each parameter that has a value, once."""
        return self._data

    @property
    def datalist(self) -> dict[str, list[str]]:
        """Each parameter with all its values."""
        return self._lists

    def get(self, name: str) -> str | None:
        """The value of a parameter, or None."""
        return self._data.get(name)

    def all(self, name: str) -> tuple[str, ...]:
        """Every non-empty value of a parameter that may repeat."""
        return tuple(value for value in self._lists.get(name, ()) if value)

    def repeated(self, name: str) -> bool:
        """True when the parameter came more than once."""
        return len(self._lists.get(name, ())) > 1


def no_certificate() -> bytes | None:
    """The other end showed no certificate."""
    return None


class OAuthRequest(OAuth2Request):  # type: ignore[misc]
    """One request at a protocol endpoint; `url` is ours (issuer and path), never the request's host.

    peer_certificate: gives the client certificate of the connection (DER), asked only where one matters.
    """

    def __init__(
        self,
        *,
        method: str,
        url: str,
        query: str,
        body: str,
        content_type: str,
        headers: Mapping[str, str],
        desk: Desk,
        actor: Actor,
        peer_certificate: Callable[[], bytes | None] = no_certificate,
    ) -> None:
        # Authlib's constructor parses the address to refuse plain http; ours is the issuer's, which the settings have checked.
        self.method, self.uri, self.headers = method, url, headers
        self.user = self.authorization_code = self.refresh_token = self.credential = self._scope = self._body = None
        self.desk = desk
        self.actor = actor
        self.peer_certificate = peer_certificate
        self.is_form = content_type.split(";", 1)[0].strip().lower() == FORM
        self.payload: Parameters = Parameters((body if self.is_form else "") if method == "POST" else query)
        self.query = query
        self.client: ClientView | None = None
        self.auth_method: str | None = None

    @property
    def query_names(self) -> frozenset[str]:
        """The names in the URL's query, whatever the method."""
        return frozenset(Parameters(self.query).datalist) if self.query else frozenset()

    @property
    def form(self) -> dict[str, str]:
        """The body's parameters, for Authlib's endpoints."""
        return self.payload.data

    def authenticated_as(self, client: ClientView, method: str) -> None:
        """From here on the client is the actor."""
        self.client, self.auth_method = client, method
        before = self.actor
        self.actor = Actor("client", id=client.client_id, ip=before.ip, agent=before.agent, request_id=before.request_id)
