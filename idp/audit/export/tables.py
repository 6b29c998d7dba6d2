"""Events as a table for spreadsheets: a cell that begins like a formula is text there (OWASP, CSV injection; ASVS 1.2.10)."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from idp.audit.proof.chain import as_record

COLUMNS = (
    "id", "at", "tag", "government_code", "actor_kind", "actor_id", "subject_kind", "subject_id", "client_id", "session_id", "ip", "agent",
    "request_id", "details",
)  # fmt: skip
_FORMULA = tuple("=+-@\t\r\n＝＋－＠|%")


def csv_lines(rows: Iterable[Any]) -> Iterator[bytes]:
    """A head and a line each event (RFC 4180), in UTF-8; every cell quoted."""
    yield _line(COLUMNS)
    for row in rows:
        record = as_record(row)
        yield _line(_cell(record[name]) for name in COLUMNS)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(list(cells))
    return line.getvalue().encode()
