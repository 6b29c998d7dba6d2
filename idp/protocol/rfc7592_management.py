"""RFC 7592 - Dynamic client registration management.  https://www.rfc-editor.org/rfc/rfc7592

§2    the registration access token   managed
§2.1  read                            read
§2.2  update: everything is replaced  update
§2.3  delete                          remove
§3    the answer                      read
§5    the token rotates               update
Tighter than the RFC: the token rotates with each update; the one before is good until the new one was used, and
disables the client when it comes back afterwards. What only an operator decides is never changed from here.
"""

from typing import Any

from idp.clients.metadata import NewClient
from idp.clients.registration.registrations import Registered
from idp.kernel.errors import DomainError
from idp.protocol.conf import Conf
from idp.protocol.errors import NO_STORE, ProtocolError, Reply, json_reply
from idp.protocol.rfc7591_registration import MEMBERS, Call, acting, answer_error, body_of, information, refusal, unauthorized, wanted

SPEC = "RFC 7592"
# What no metadata can say stays as it is: only an operator decides it.
_SAID = {field for _, field, _ in MEMBERS} | {"client_id", "secret", "scopes", "sector"}
_OPERATORS = tuple(name for name in NewClient.__slots__ if name not in _SAID)
_FORBIDDEN = ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")


def metadata(conf: Conf) -> dict[str, Any]:
    """The RFC defines no member: the client learns its address when it registers."""
    del conf
    return {}


def managed(call: Call, client_id: str) -> Registered:
    """The client that the token manages; else 401, whatever is wrong (section 2)."""
    found = call.desk.registry.registration.find(acting(call), client_id, call.token) if call.token else None
    if found is None:
        raise unauthorized("the registration access token of this client is needed")
    if not found.client.enabled:
        raise ProtocolError("access_denied", "this client is switched off; its operator can switch it on again", status=403)
    return found


def read(call: Call, client_id: str) -> Reply:
    """What is registered (sections 2.1 and 3); the secret is not shown again."""
    try:
        return json_reply(200, information(call.desk.conf, managed(call, client_id)))
    except ProtocolError as error:
        return answer_error(error)


def update(call: Call, client_id: str) -> Reply:
    """Replace everything that metadata can say; a member left out goes back to its default (section 2.2)."""
    try:
        found = managed(call, client_id)
        body = body_of(call)
        _check_own(call, found, body)
        fields, details = wanted(body, found.policy, found.client)
        new = NewClient(client_id=client_id, **{name: getattr(found.client, name) for name in _OPERATORS}, **fields)
        call.desk.registry.check(new)
        done = call.desk.registry.registration.update(acting(call), found, new, details)
        if done is None:
            raise unauthorized("the registration access token was rotated meanwhile")
        return json_reply(200, information(call.desk.conf, done))
    except DomainError as error:
        call.desk.ledger.undo()  # the token is rotated by what succeeds only
        return answer_error(refusal(error))
    except ProtocolError as error:
        return answer_error(error)


def remove(call: Call, client_id: str) -> Reply:
    """Take the client away; its tokens stop at once (section 2.3)."""
    try:
        call.desk.registry.registration.remove(acting(call), managed(call, client_id))
        return Reply(204, b"", NO_STORE)
    except ProtocolError as error:
        return answer_error(error)


def _check_own(call: Call, found: Registered, body: dict[str, Any]) -> None:
    """The client names itself rightly, and nothing that is ours to say (section 2.2)."""
    if body.get("client_id") != found.client.client_id:
        raise ProtocolError("invalid_client_metadata", "client_id must be that of this client")
    if wrong := [name for name in _FORBIDDEN if name in body]:
        raise ProtocolError("invalid_client_metadata", f"leave {', '.join(wrong)} out of an update")
    secret = body.get("client_secret")
    if secret is not None and not (isinstance(secret, str) and found.client.accepts_secret(secret, call.desk.clock.now())):
        raise ProtocolError("invalid_client_metadata", "client_secret must be the present one; it cannot be chosen")
