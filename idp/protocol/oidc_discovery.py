"""OpenID Connect Discovery 1.0.  https://openid.net/specs/openid-connect-discovery-1_0.html

§3  provider metadata, the sum of the rooms   metadata
§4  where it is read                          PATH
"""

from typing import Any

from idp.protocol.conf import Conf

SPEC = "OIDC Discovery"
PATH = "/.well-known/openid-configuration"


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 3 names nothing of its own that another room does not give."""
    del conf
    return {}
