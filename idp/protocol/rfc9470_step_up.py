"""RFC 9470 - Step-up authentication challenge.  https://www.rfc-editor.org/rfc/rfc9470

§3    insufficient_user_authentication     too_weak
§3    what a sufficient sign-in would be  insufficient
Other rooms keep the rest: `acr_values` and `max_age` at authorize (section 4) oidc_core_request, `acr` and `auth_time` in access
tokens (6.1) rfc9068_access_token, and in introspection (6.2) rfc7662_introspection.
"""

from typing import Any

from idp.clients.snapshot import ClientSnapshot
from idp.policy.assurance import acr_for
from idp.protocol.conf import Conf, Desk
from idp.protocol.errors import ProtocolError
from idp.protocol.rfc6750_bearer import challenge
from idp.tokens.view import GrantView

SPEC = "RFC 9470"


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 7: `acr_values_supported`, which the authentication request's room gives."""
    del conf
    return {}


def too_weak(desk: Desk, client: ClientSnapshot, grant: GrantView, scheme: str) -> ProtocolError:
    """For a token whose sign-in is weaker than policy or its client demand by now (section 3)."""
    return insufficient(scheme, acr_values=acr_for(desk.outgrown(grant, client)))


def insufficient(scheme: str, *, acr_values: str | None = None, max_age: int | None = None) -> ProtocolError:
    """The challenge that tells a client which authorization request would do (section 3)."""
    wanted = (("acr_values", acr_values), ("max_age", None if max_age is None else str(max_age)))
    more = tuple((name, value) for name, value in wanted if value is not None)
    return challenge("insufficient_user_authentication", "a stronger or newer sign-in is needed", 401, scheme=scheme, more=more)
