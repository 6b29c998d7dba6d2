"""RFC 7591 - Dynamic client registration.  https://www.rfc-editor.org/rfc/rfc7591

§2      client metadata, defaults, what is ignored   wanted
§2.3    software statements: refused, clearly        wanted
§3      the initial access token                     register_client
§3.1    the request                                  body_of
§3.2.1  the answer                                   information
§3.2.2  what is refused, and by which code           refusal
Tighter than the RFC: never without an initial access token, whose policy says the most that may be registered; the same
rules as for the operator's command line; scopes that need approval are never registered this way.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.clients.metadata import NewClient
from idp.clients.registration.policies import Policy
from idp.clients.registration.registrations import InitialToken, Registered
from idp.clients.snapshot import ClientSnapshot
from idp.clients.tls_subject import METADATA_NAMES as TLS_SUBJECTS
from idp.kernel.actor import Actor
from idp.kernel.clock import epoch
from idp.kernel.errors import DomainError
from idp.kernel.scopes import parse
from idp.kernel.urls import redirect_uri_problem
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import NO_STORE, ProtocolError, Reply, json_reply, plain
from idp.protocol.rfc7516_encryption import ENC

SPEC = "RFC 7591"
PATH = "/register"

# (name in the metadata, field of NewClient and ClientSnapshot, kind)
MEMBERS: tuple[tuple[str, str, type], ...] = (
    ("client_name", "name", str),
    ("client_name#id", "name_id", str),
    ("client_uri", "home_uri", str),
    ("redirect_uris", "redirect_uris", list),
    ("post_logout_redirect_uris", "post_logout_redirect_uris", list),
    ("token_endpoint_auth_method", "auth_method", str),
    ("grant_types", "grants", list),
    ("jwks", "jwks", dict),
    ("jwks_uri", "jwks_uri", str),
    ("subject_type", "subject_type", str),
    ("id_token_signed_response_alg", "id_token_alg", str),
    ("userinfo_signed_response_alg", "userinfo_alg", str),
    ("require_pushed_authorization_requests", "require_par", bool),
    ("require_signed_request_object", "require_request_object", bool),
    ("request_object_signing_alg", "request_object_alg", str),
    ("request_uris", "request_uris", list),
    ("authorization_signed_response_alg", "response_alg", str),
    ("authorization_encrypted_response_alg", "response_key_alg", str),
    ("introspection_signed_response_alg", "introspection_alg", str),
    ("id_token_encrypted_response_alg", "id_token_key_alg", str),
    ("userinfo_encrypted_response_alg", "userinfo_key_alg", str),
    ("initiate_login_uri", "initiate_login_uri", str),
    ("sector_identifier_uri", "sector_identifier_uri", str),
    ("authorization_details_types", "authorization_types", list),
    ("dpop_bound_access_tokens", "dpop", bool),
    ("tls_client_certificate_bound_access_tokens", "certificate_bound", bool),
    ("backchannel_logout_uri", "backchannel_logout_uri", str),
    ("frontchannel_logout_uri", "frontchannel_logout_uri", str),
    ("frontchannel_logout_session_required", "frontchannel_logout_session_required", bool),
)
_ENCRYPTED = ("id_token_encrypted_response", "userinfo_encrypted_response", "authorization_encrypted_response")
# What is kept and repeated, and decides nothing: how the client describes itself.
_ADDRESSES = ("logo_uri", "policy_uri", "tos_uri")
_WORDS = ("software_id", "software_version")


@dataclass(frozen=True, slots=True)
class Call:
    """One request at the registration endpoint or a client's own address. token: the bearer token, if any."""

    desk: Desk
    actor: Actor
    token: str | None
    body: bytes = b""
    content_type: str = ""


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    return {"registration_endpoint": conf.url(PATH)}


def register_client(call: Call) -> Reply:
    """Token, metadata, policy, then one conditional use of the token (section 3)."""
    desk, who = call.desk, acting(call)
    registration = desk.registry.registration
    try:
        initial = registration.admit(who, call.token) if call.token else None
        if initial is None:
            raise unauthorized("an initial access token that is live is needed")
        fields, details = wanted(body_of(call), initial.policy)
        client_id = f"dcr-{desk.ledger.new_jti(None).removeprefix('c.')}"
        given = _given_by(initial, public=fields.get("auth_method") == "none")
        new = desk.registry.check(NewClient(client_id=client_id, **given, **fields))
        done = registration.register(who, initial, new, details)
        if done is None:
            raise unauthorized("the initial access token was used up meanwhile")
        return json_reply(201, information(desk.conf, done))
    except DomainError as error:
        desk.ledger.undo()  # a mistake uses nothing up
        return answer_error(refusal(error))
    except ProtocolError as error:
        return answer_error(error)


def wanted(body: Mapping[str, Any], policy: Policy, kept: ClientSnapshot | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """(fields of a NewClient, details that are only repeated) of a metadata document, within the policy (section 2).

    kept: the client as it is, whose scopes and grants an operator may have widened. Members that we do not know are ignored.
    """
    if "software_statement" in body:
        raise ProtocolError("unapproved_software_statement", "software statements are not accepted here; leave software_statement out")
    fields = {field: _typed(name, kind, body[name]) for name, field, kind in MEMBERS if body.get(name) is not None}
    fields |= _certificate(body)
    for name in _ENCRYPTED:
        if body.get(f"{name}_enc", ENC) != ENC:
            raise ProtocolError("invalid_client_metadata", f"{name}_enc is {ENC}")
    fields.setdefault("grants", ("authorization_code",))
    fields["scopes"] = _scopes(body, policy)
    if refused := [one for one in policy.refused_scopes(fields["scopes"]) if kept is None or one not in kept.scopes]:
        raise ProtocolError("invalid_client_metadata", f"scope: the policy {policy.name} does not let in {' '.join(refused)}")
    if refused := [one for one in policy.refused_grants(fields["grants"]) if kept is None or one not in kept.grants]:
        raise ProtocolError("invalid_client_metadata", f"grant_types: the policy {policy.name} does not let in {' '.join(refused)}")
    _check_response_types(body.get("response_types"), fields["grants"])
    return fields, _details(body)


def information(conf: Conf, found: Registered) -> dict[str, Any]:
    """The client information answer (section 3.2.1). A secret is shown when it is given, and never again: we keep its digest."""
    client = found.client
    body: dict[str, Any] = {
        "client_id": client.client_id,
        "client_id_issued_at": epoch(client.created_at),
        "registration_access_token": found.access_token,
        "registration_client_uri": f"{conf.url(PATH)}/{client.client_id}",
        "response_types": ["code"] if "authorization_code" in client.grants else [],
        "scope": " ".join(client.scopes),
        **found.details,
    }
    for name, field, _ in MEMBERS:
        value = getattr(client, field)
        if value not in (None, (), frozenset()):
            body[name] = sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
    body |= {f"{name}_enc": ENC for name in _ENCRYPTED if f"{name}_alg" in body}
    if client.tls_subject_type is not None:
        body[TLS_SUBJECTS[client.tls_subject_type]] = client.tls_subject
    if found.secret is not None:
        body |= {"client_secret": found.secret, "client_secret_expires_at": 0}
    return body


def body_of(call: Call) -> dict[str, Any]:
    """The JSON object of a request (section 3.1)."""
    if call.content_type.split(";", 1)[0].strip().lower() != "application/json":
        raise ProtocolError("invalid_client_metadata", "send the metadata as application/json")
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("invalid_client_metadata", "the metadata is not JSON") from error
    if not isinstance(body, dict):
        raise ProtocolError("invalid_client_metadata", "the metadata is not a JSON object")
    return body


def refusal(error: DomainError) -> ProtocolError:
    """A rule of registration that was broken, under the codes of section 3.2.2, with the sentence an operator would read."""
    field = str(error.params.get("field", ""))
    named = next((name for name, known, _ in MEMBERS if known == field), "scope" if field == "scopes" else field)
    code = "invalid_redirect_uri" if field == "redirect_uris" else "invalid_client_metadata"
    return ProtocolError(code, f"{named}: {error.sentence}" if named else error.sentence)


def unauthorized(description: str) -> ProtocolError:
    """No token, or not a good one (RFC 6750 section 3)."""
    challenge = ("WWW-Authenticate", 'Bearer error="invalid_token"')
    return ProtocolError("invalid_token", description, status=401, headers=(challenge,))


def answer_error(error: ProtocolError) -> Reply:
    """A refusal as JSON."""
    body = {"error": error.error, "error_description": plain(error.description)}
    return json_reply(error.status_code, body, (*NO_STORE, *error.more_headers))


def acting(call: Call) -> Actor:
    """Who the audit shows: the installation itself, at the wish of whoever holds the token, from their address."""
    return Actor("system", id="registration", ip=call.actor.ip, agent=call.actor.agent, request_id=call.actor.request_id)


def _given_by(initial: InitialToken, *, public: bool) -> dict[str, Any]:
    """What the token says and no metadata can: never first-party, whether PKCE may be left out, the profile, whom it admits, which APIs."""
    access = "government" if initial.government_code is not None else initial.policy.access
    kept = {"government_code": initial.government_code, "resources": initial.resources}
    return {"access": access, "require_pkce": public or initial.policy.require_pkce, "profile": initial.policy.profile, **kept}


def _certificate(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the certificate of a tls_client_auth client says (RFC 8705 section 2.1.2): one of five members."""
    given = [(kind, _typed(name, str, body[name])) for kind, name in TLS_SUBJECTS.items() if body.get(name) is not None]
    if len(given) > 1:
        raise ProtocolError("invalid_client_metadata", f"give one of {', '.join(TLS_SUBJECTS.values())}")
    return dict(zip(("tls_subject_type", "tls_subject"), given[0], strict=True)) if given else {}


def _typed(name: str, kind: type, value: Any) -> Any:
    if kind is list:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            code = "invalid_redirect_uri" if name == "redirect_uris" else "invalid_client_metadata"
            raise ProtocolError(code, f"{name} is a list of text")
        return tuple(value)
    if not isinstance(value, kind):
        raise ProtocolError("invalid_client_metadata", f"{name} has the wrong JSON type")
    return value


def _scopes(body: Mapping[str, Any], policy: Policy) -> tuple[str, ...]:
    text = body.get("scope")
    if text is None:
        return tuple(scope for scope in policy.default_scopes if scope in policy.scopes)
    try:
        return parse(_typed("scope", str, text))
    except ValueError as error:
        raise ProtocolError("invalid_client_metadata", f"scope: {error}") from error


def _check_response_types(given: Any, grants: tuple[str, ...]) -> None:
    types = ("code",) if given is None else _typed("response_types", list, given)
    if not set(types) <= {"code"} or (given is not None and bool(types) != ("authorization_code" in grants)):
        raise ProtocolError("invalid_client_metadata", "response_types is [\"code\"] with the grant authorization_code, and empty without")


def _details(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _ADDRESSES:
        if body.get(name) is not None:
            uri = _typed(name, str, body[name])
            if redirect_uri_problem(uri) or not uri.startswith("https://"):
                raise ProtocolError("invalid_client_metadata", f"{name} is an https address")
            found[name] = uri
    for name in _WORDS:
        if body.get(name) is not None:
            found[name] = _short(name, _typed(name, str, body[name]))
    if body.get("contacts") is not None:
        contacts = _typed("contacts", list, body["contacts"])
        if len(contacts) > 10:
            raise ProtocolError("invalid_client_metadata", "contacts has at most 10 entries")
        found["contacts"] = [_short("contacts", one) for one in contacts]
    kind = body.get("application_type", "web")
    if kind not in ("web", "native"):
        raise ProtocolError("invalid_client_metadata", "application_type is web or native")
    return found | {"application_type": kind}


def _short(name: str, text: str) -> str:
    if not 0 < len(text) <= 254 or not text.isprintable():
        raise ProtocolError("invalid_client_metadata", f"{name} has 1 to 254 printable characters")
    return text
