"""What is counted from the record: kinds of events under the names that pages and reports use. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from idp.audit.tags import Tag
from idp.directory.days import WIB

SIGN_INS, REFUSALS, LOCKS, USES, ERRORS = "sign_ins", "refusals", "locks", "uses", "errors"
MEASURES: dict[str, tuple[Tag, ...]] = {
    SIGN_INS: (Tag.SESSION_START,),
    REFUSALS: (Tag.SIGN_IN_REFUSE, Tag.FACTOR_REFUSE),
    LOCKS: (Tag.SIGN_IN_THROTTLE, Tag.PASSWORD_LOCK),
    USES: (Tag.CODE_ISSUE,),
    ERRORS: (
        Tag.REQUEST_REFUSE, Tag.CODE_REFUSE, Tag.CODE_REUSE, Tag.TOKEN_REFUSE, Tag.TOKEN_REUSE, Tag.CLIENT_AUTH_REFUSE, Tag.TOKEN_DENY,
    ),
    "enrolments": (Tag.FACTOR_ENROL,),
    "resets": (Tag.FACTOR_REMOVE,),
    "disabled": (Tag.PERSON_DISABLE,),
    "roles": (Tag.ROLE_GRANT, Tag.ROLE_REVOKE),
    "exports": (Tag.DATA_EXPORT, Tag.AUDIT_EXPORT),
    "reads": (Tag.AUDIT_READ,),
    "denials": (Tag.ADMIN_REFUSE,),
}  # fmt: skip
_OF_TAG = {tag.value: measure for measure, tags in MEASURES.items() for tag in tags}
_BY_APPLICATION = (USES, ERRORS)
ALL = "*"  # the sum over governments, kept beside them: the whole installation is read as quickly as one of them
Key = tuple[date, str, str, str]  # day (WIB), government, measure, client


def counted(rows: Iterable[Any]) -> Counter[Key]:
    """How often each thing happened among these events."""
    found: Counter[Key] = Counter()
    for row in rows:
        measure = _OF_TAG.get(row.tag)
        if measure is not None:
            client = (row.client_id or "") if measure in _BY_APPLICATION else ""
            day = row.at.astimezone(WIB).date()
            for government in (row.government_code or "", ALL):
                found[(day, government, measure, client)] += 1
    return found
