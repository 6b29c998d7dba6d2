"""Events as syslog messages.  https://www.rfc-editor.org/rfc/rfc5424

section 6.2  the header: facility 13 (log audit), severity by kind, the event's own moment, its tag as MSGID
section 6.3  structured data: what a collector sorts by, escaped
section 6.4  the message: the event as JSON in ASCII, so that no value can break a line or smuggle in a second message (ASVS 16.4.1)
Framing is the transport's: octets counted on TCP and TLS (RFC 6587 section 3.4.1, RFC 5425 section 4.3), a datagram each on UDP
(RFC 5426), a line each in a file.
"""

import json
import re
from typing import Any

from idp.audit.classes import class_of, severity
from idp.audit.proof.chain import as_record

FACILITY = 13
# The number that RFC 5424 section 7.2.2 wants is IANA's for documentation: this product has none of its own.
_SD_ID = "idp@32473"
_NOT_PRINTABLE = re.compile(r"[^\x21-\x7e]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAMES = ("government_code", "actor_kind", "actor_id", "subject_kind", "subject_id", "client_id", "ip", "request_id")


def message(row: Any, host: str) -> bytes:
    """One event as one message, without framing; host: the name of the issuer's host."""
    record = as_record(row)
    tag = str(record["tag"])
    head = f"<{FACILITY * 8 + severity(tag)}>1 {record['at'].replace('+00:00', 'Z')} {_word(host, 255)} idp - {_word(tag, 32)}"
    return f"{head} [{_SD_ID} {_parameters(record)}] {json.dumps(record, sort_keys=True)}".encode()


def _parameters(record: dict[str, Any]) -> str:
    found = {"id": record["id"], "tag": record["tag"], "class": class_of(record["tag"]).value}
    found.update({name: record[name] for name in _NAMES if record[name] is not None})
    return " ".join(f'{name}="{_escaped(str(value))}"' for name, value in found.items())


def _escaped(value: str) -> str:
    plain = _CONTROL.sub(" ", value)
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _word(text: str, longest: int) -> str:
    return _NOT_PRINTABLE.sub("", text)[:longest] or "-"
