"""The place of a network address, from a database file on this machine (MMDB); nothing is ever asked of another machine."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import maxminddb


class Places:
    """Names places. path: of the operator's file; None: no place is known, and nothing is read."""

    def __init__(self, path: Path | None) -> None:
        self._reader = maxminddb.open_database(str(path)) if path is not None else None

    def name(self, ip: str | None, language: str) -> str | None:
        """``Medan, Indonesia`` in a language (``id``, ``en``) as far as the database knows it; None for a private address."""
        if self._reader is None or not ip:
            return None
        try:
            if not ip_address(ip).is_global:
                return None
            found = self._reader.get(ip)
        except ValueError:
            return None
        if not isinstance(found, dict):
            return None
        names = [_name(found.get(part), language) for part in ("city", "country")]
        return ", ".join(name for name in names if name) or None


def _name(part: Any, language: str) -> str | None:
    names = part.get("names") if isinstance(part, dict) else None
    if not isinstance(names, dict):
        return None
    name = names.get(language) or names.get("en")
    return str(name)[:100] if name else None
