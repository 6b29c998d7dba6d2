"""OpenID Connect Front-Channel Logout 1.0.  https://openid.net/specs/openid-connect-frontchannel-1_0.html

§2  the page that is framed, with iss and sid   address
§3  what is advertised                          metadata
Tighter than the specification: iss and sid are always sent, so that a page cannot sign a person out of another
session by being framed elsewhere; only https or loopback, and only at an origin the client is redirected to.
"""

from typing import Any
from urllib.parse import quote, urlencode

from idp.clients.snapshot import ClientSnapshot
from idp.protocol.conf import Conf
from idp.protocol.oidc_core_id_token import sid

SPEC = "OIDC Front-Channel Logout"


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 3."""
    del conf
    return {"frontchannel_logout_supported": True, "frontchannel_logout_session_supported": True}


def address(conf: Conf, client: ClientSnapshot, session_id: str) -> str | None:
    """What our sign-out page loads in a frame for this client and session; None where it registered no such page (section 2)."""
    uri = client.frontchannel_logout_uri
    if uri is None:
        return None
    joint = "&" if "?" in uri else "?"
    return uri + joint + urlencode({"iss": conf.issuer, "sid": sid(session_id, client.client_id)}, quote_via=quote, safe="")
