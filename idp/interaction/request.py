"""A validated authorization request, as plain values: what protocol hands to the dance and gets back to answer."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

ResponseMode = Literal["query", "form_post", "query.jwt", "form_post.jwt"]


@dataclass(frozen=True, slots=True)
class AuthorizationRequestData:
    """Every field has been checked against the client (protocol.rfc6749_authorize); JSON-able.

    max_age in seconds; ui_locales in order of preference; claims is the parsed `claims` parameter (OIDC Core section 5.5);
    pushed is the digest, in hexadecimal, of the request_uri it came by, which is answered once (RFC 9126);
    hint_subject is the `sub` of a verified id_token_hint; acr_values is a minimum: the weakest value named is enough;
    device names the device that waits for the answer instead of a browser (RFC 8628): there is no redirect URI then;
    dpop_jkt is the thumbprint of the key the code will be bound to (RFC 9449 section 10);
    authorization_details are those of declared types, checked (RFC 9396).
    """

    client_id: str
    redirect_uri: str
    response_mode: ResponseMode
    scope: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    claims: dict[str, Any] | None = None
    hint_subject: str | None = None
    login_hint: str | None = None
    ui_locales: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    pushed: str | None = None
    device: str | None = None
    dpop_jkt: str | None = None
    authorization_details: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values for the request row."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "AuthorizationRequestData":
        """The same request, read back from its row."""
        lists = {"scope", "prompt", "acr_values", "ui_locales", "resource", "authorization_details"}
        fields: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in values.items()}
        return cls(**fields)
