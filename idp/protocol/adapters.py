"""A client as Authlib asks about it (RFC 6749 section 2)."""

from authlib.oauth2.rfc6749 import ClientMixin

from idp.clients.snapshot import ClientSnapshot


class ClientView(ClientMixin):  # type: ignore[misc]
    """Wraps a snapshot; answers the questions Authlib's endpoints and grants have."""

    def __init__(self, snapshot: ClientSnapshot) -> None:
        self.snapshot = snapshot

    @property
    def client_id(self) -> str:
        """The client's identifier."""
        return self.snapshot.client_id

    def get_client_id(self) -> str:
        """The client's identifier."""
        return self.snapshot.client_id

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Exact match (RFC 9700 section 2.1)."""
        return self.snapshot.redirects_to(redirect_uri)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """One method per client, at every endpoint; a public client has no business at introspection."""
        return method == self.snapshot.auth_method and not (method == "none" and endpoint == "introspection")

    def check_response_type(self, response_type: str) -> bool:
        """Code only (RFC 9700 section 2.1.2)."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the registration holds the grant."""
        return grant_type in self.snapshot.grants
