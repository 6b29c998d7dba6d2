"""RFC 9207 - Issuer identification in authorization responses.  https://www.rfc-editor.org/rfc/rfc9207

§2  iss in every answer, errors too   identify
"""

from typing import Any

from idp.protocol.conf import Conf
from idp.protocol.errors import answer

SPEC = "RFC 9207"
identify = answer  # the only maker of an answer to an application adds `iss`


def metadata(conf: Conf) -> dict[str, Any]:
    """Section 3."""
    del conf
    return {"authorization_response_iss_parameter_supported": True}
