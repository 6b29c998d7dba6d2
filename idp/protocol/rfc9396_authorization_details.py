"""RFC 9396 - Rich authorization requests.  https://www.rfc-editor.org/rfc/rfc9396

§2    authorization_details: objects with a type      parsed
§2.2  locations                                       at_authorize
§3    at the authorization endpoint, /par, in objects at_authorize
§3.2  resource                                        at_authorize
§5    what is refused                                 parsed
§6    at the token endpoint, within what was granted  at_token
§6.1  comparing                                       at_token
§7    what the access token was given                 in_answer
§9.1  in the JWT access token                         in_claims
§9.2  in introspection, for who asks                  told_to
§10   metadata                                        metadata
Tighter than the RFC: only types that an operator declared, field by field; each request is shown to the person anew, also
for the government's own applications; a token never holds a detail of an API outside its audience. A type taken from a
client or away altogether counts at once. Requests without details cost nothing: no statement, no read.
"""

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from idp.clients.authorization_types.declaration import DeclaredType
from idp.clients.authorization_types.values import narrows, problem
from idp.clients.snapshot import ClientSnapshot
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import ProtocolError
from idp.protocol.request import OAuthRequest
from idp.tokens.view import GrantView

SPEC = "RFC 9396"
PARAMETER = "authorization_details"
ERROR = "invalid_authorization_details"
# They travel in tokens, and tokens travel in headers, of which servers take 8 kB.
LONGEST, MOST = 4096, 10

Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for. resource: the audience it thereby means."""

    details: tuple[Detail, ...]
    resource: tuple[str, ...]


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 10; nothing while no type is declared."""
    return {"authorization_details_types_supported": [*conf.authorization_types]} if conf.authorization_types else {}


def at_authorize(desk: Desk, client: ClientSnapshot, text: str | None, resource: tuple[str, ...]) -> Asked:
    """The details of an authorization request, and its resources.

    resource: those that the request names, checked already. Where it names none, they are the APIs that the details are
    about (section 3.2); where it names some, each detail must be about one of them.
    """
    if text is None:
        return Asked((), resource)
    found, meant = parsed(desk, client, text), list[str]()
    for detail, declared in found:
        places = [place for place in declared.resources if place in declared.places(detail) and place in client.resources]
        if not places:
            refuse(f"{declared.type}: this client is registered for none of the resources it is about")
        if resource and not set(places) & set(resource):
            refuse(f"{declared.type} is about none of the resources that the request names")
        meant += places
    return Asked(tuple(detail for detail, _ in found), resource or tuple(dict.fromkeys(meant)))


def at_client_credentials(desk: Desk, client: ClientSnapshot, text: str | None, resource: tuple[str, ...]) -> Asked:
    """The details of a client's own token: of types that need nobody's agreement (section 6, the client's policy)."""
    asked = at_authorize(desk, client, text, resource)
    if asked.details:
        known = desk.registry.authorization_types.known({detail["type"] for detail in asked.details})
        if alone := next((one.type for one in known.values() if not one.without_person), None):
            refuse(f"{alone} needs a person who agrees to it")
    return asked


def at_token(
    desk: Desk, client: ClientSnapshot, held: Sequence[Detail] | None, text: str | None, audience: Collection[str]
) -> tuple[Detail, ...]:
    """The details of an access token: those held, or the part that is asked for now, as far as its audience goes (section 6).

    held: by the grant, or by the token that is exchanged.
    """
    if not held and text is None:
        return ()
    kept = tuple(_for(desk, client, held or (), audience))
    if text is None:
        return kept
    wanted = tuple(detail for detail, _ in parsed(desk, client, text))
    if not all(any(narrows(detail, one) for one in kept) for detail in wanted):
        refuse("not granted, or not for the resource that the token is for")
    return wanted


def check_asked(request: OAuthRequest) -> None:
    """Refuse what this client can never ask for, before a code is spent on it: a mistake must not look like a code used twice."""
    if (text := request.payload.get(PARAMETER)) is not None:
        parsed(request.desk, request.client.snapshot, text)  # type: ignore[union-attr]


def of_grant(request: OAuthRequest, grant: GrantView, audience: Collection[str]) -> tuple[Detail, ...]:
    """What a token request gets of a grant's details."""
    text = request.payload.get(PARAMETER)
    if not grant.authorization_details and text is None:
        return ()
    client: ClientSnapshot = request.client.snapshot  # type: ignore[union-attr]
    return at_token(request.desk, client, grant.authorization_details, text, audience)


def at_exchange(request: OAuthRequest, owner: ClientSnapshot, claims: dict[str, Any], audience: Collection[str]) -> tuple[Detail, ...]:
    """What an exchanged token gets of the subject token's details: of both clients' types, and about the target only."""
    held = [detail for detail in claims.get(PARAMETER, ()) if detail["type"] in owner.authorization_types]
    client: ClientSnapshot = request.client.snapshot  # type: ignore[union-attr]
    return at_token(request.desk, client, held, request.payload.get(PARAMETER), audience)


def told_to(desk: Desk, asker: ClientSnapshot, owner: ClientSnapshot, claims: dict[str, Any]) -> tuple[Detail, ...]:
    """Of a live token's details those that `asker` hears: its owner all, a resource server its own (section 9.2)."""
    held = claims.get(PARAMETER)
    if not held:
        return ()
    return tuple(_for(desk, owner, held, None if asker.client_id == owner.client_id else {asker.client_id, *asker.audience}))


def in_answer(details: Sequence[Detail]) -> dict[str, Any]:
    """The member of a token or introspection answer (sections 7 and 9.2), where there is something to say."""
    return {PARAMETER: [*details]} if details else {}


def in_claims(claims: dict[str, Any], details: Sequence[Detail]) -> dict[str, Any]:
    """An access token's claims with its details (section 9.1)."""
    return claims | in_answer(details)


def parsed(desk: Desk, client: ClientSnapshot, text: str) -> list[tuple[Detail, DeclaredType]]:
    """The details of a parameter, each with its type; raises `invalid_authorization_details` for the first mistake (section 5)."""
    details = _decoded(text)
    names = {detail["type"] for detail in details}
    if missing := sorted(names - set(client.authorization_types)):
        refuse(f"this client is not registered for the type {missing[0][:128]}")
    known = desk.registry.authorization_types.known(names)
    if gone := sorted(names - set(known)):
        refuse(f"the type {gone[0][:128]} is not declared any more")
    for detail in details:
        if wrong := problem(known[detail["type"]], detail):
            refuse(f"{detail['type'][:128]}: {wrong}")
    return [(detail, known[detail["type"]]) for detail in details]


def refuse(why: str) -> NoReturn:
    """Section 5, and section 8 at the token endpoint."""
    raise ProtocolError(ERROR, f"{PARAMETER}: {why}")


def _for(desk: Desk, client: ClientSnapshot, held: Sequence[Detail], audience: Collection[str] | None) -> list[Detail]:
    """Those that the client still is registered for, as their types are declared now, about something in `audience` (None: all)."""
    mine = [detail for detail in held if detail["type"] in client.authorization_types]
    known = desk.registry.authorization_types.known({detail["type"] for detail in mine})
    fit = [(detail, known[detail["type"]]) for detail in mine if detail["type"] in known]
    return [
        detail
        for detail, declared in fit
        if not problem(declared, detail) and (audience is None or declared.places(detail) & frozenset(audience))
    ]


def _decoded(text: str) -> list[Detail]:
    if len(text) > LONGEST:
        refuse(f"longer than {LONGEST} characters")
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        refuse("not JSON as everybody reads it (a name given twice, a number without end, or no JSON at all)")
    if not isinstance(found, list) or not 0 < len(found) <= MOST:
        refuse(f"a JSON array of 1 to {MOST} objects")
    if not all(isinstance(detail, dict) and isinstance(detail.get("type"), str) for detail in found):
        refuse("each is an object with a type")
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that is given twice would be read one way here and another way elsewhere."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
