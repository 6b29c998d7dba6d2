"""OAuth 2.0 Form Post Response Mode, and response modes.  https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html

§2  form_post: a form that posts itself   mode_of
The page is made by `idp.web.protocol`; a button does it where JavaScript is off.
"""

from typing import Any

from idp.interaction.request import ResponseMode
from idp.protocol.conf import Conf
from idp.protocol.errors import ProtocolError

SPEC = "OAuth Form Post"
_MODES: dict[str, ResponseMode] = {
    "query": "query",
    "form_post": "form_post",
    "jwt": "query.jwt",  # the default of a code (JARM section 2.3.4)
    "query.jwt": "query.jwt",
    "form_post.jwt": "form_post.jwt",
}


def metadata(conf: Conf) -> dict[str, Any]:
    """RFC 8414 section 2."""
    del conf
    return {"response_modes_supported": ["query", "form_post"]}


def mode_of(text: str | None) -> ResponseMode:
    """The response mode asked for; query for a code when none is (Multiple Response Type Encoding Practices section 2.1)."""
    found = _MODES.get(text or "query")
    if found is None:
        raise ProtocolError("invalid_request", f"response_mode must be one of {', '.join(_MODES)}")
    return found
