"""RFC 8414 - Authorization server metadata.  https://www.rfc-editor.org/rfc/rfc8414

§2  the members, each from the room that offers it   document
§3  where it is read                                 PATH
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import ModuleType
from typing import Any

from idp.protocol import rfc8705_mtls
from idp.protocol.conf import Conf

SPEC = "RFC 8414"
PATH = "/.well-known/oauth-authorization-server"
MAX_AGE_SECONDS = 3600


def metadata(conf: Conf) -> dict[str, Any]:
    """The one member that is required of all (section 2)."""
    return {"issuer": conf.issuer}


def collect(conf: Conf, rooms: Iterable[ModuleType]) -> dict[str, Any]:
    """The sum of the rooms: lists are joined, so nothing can be advertised that is not mounted."""
    whole: dict[str, Any] = {}
    for room in rooms:
        for name, value in room.metadata(conf).items():
            if isinstance(value, list):
                whole[name] = [*dict.fromkeys([*whole.get(name, []), *value])]
            else:
                whole[name] = value
    return whole | rfc8705_mtls.aliases(conf, whole)


class Documents:
    """The metadata as bytes, made anew only when other types of authorization details are declared (RFC 9396 section 10).

    declared: those there are at this moment.
    """

    def __init__(self, conf: Conf, rooms: Iterable[ModuleType], declared: Callable[[], tuple[str, ...]]) -> None:
        self._conf, self._rooms, self._declared = conf, tuple(rooms), declared
        self._kept: tuple[tuple[str, ...], tuple[bytes, str]] | None = None

    def current(self) -> tuple[bytes, str]:
        """The bytes and their entity tag."""
        names, kept = self._declared(), self._kept
        if kept is None or kept[0] != names:
            kept = self._kept = names, document(replace(self._conf, authorization_types=names), self._rooms)
        return kept[1]


def document(conf: Conf, rooms: Iterable[ModuleType]) -> tuple[bytes, str]:
    """The bytes and their entity tag, without quotes."""
    body = json.dumps(collect(conf, rooms), separators=(",", ":")).encode()
    return body, hashlib.sha256(body).hexdigest()[:32]
