"""Classes of events: how grave each kind is, and how long it is kept (PP 71/2019 art. 22; ASVS 16.4.3)."""

from enum import StrEnum

from idp.audit.tags import Tag


class Class(StrEnum):
    """What an event is about; retention is set for each."""

    ACCESS = "access"  # sign-ins that worked, sessions, codes and tokens: by far the most
    SECURITY = "security"  # refusals, locks, factors, passwords, reuse of what works once
    ADMINISTRATION = "administration"  # people, units, roles, applications, rules, keys
    PRIVACY = "privacy"  # what was shared with whom, exports, reading of this record
    OPERATION = "operation"  # housekeeping, letters, deliveries


_ACCESS = {
    Tag.PASSWORD_PASS, Tag.FACTOR_PASS, Tag.PASSKEY_PASS, Tag.REMEMBERED_USE, Tag.SESSION_START, Tag.SESSION_STEP_UP, Tag.SESSION_END,
    Tag.REQUEST_BEGIN, Tag.CODE_ISSUE, Tag.CODE_REDEEM, Tag.TOKEN_REFRESH, Tag.TOKEN_RETRY, Tag.TOKEN_CLIENT, Tag.TOKEN_EXCHANGE,
    Tag.DEVICE_ALLOW, Tag.LOGOUT_DELIVER, Tag.PASSWORD_REHASH, Tag.FAVOURITE_CHANGE,
}  # fmt: skip
_PRIVACY = {
    Tag.DATA_EXPORT, Tag.DATA_SHARED_ALLOW, Tag.DATA_SHARED_DENY, Tag.DATA_SHARED_WITHDRAW, Tag.AUDIT_READ, Tag.AUDIT_EXPORT,
    Tag.REPORT_READ,
}  # fmt: skip
_OPERATION = {Tag.PRUNE, Tag.MAIL_FAIL, Tag.LOGOUT_FAIL, Tag.AUDIT_COLLECTOR_FAIL}
_ADMINISTRATIVE = ("directory:", "clients:", "portal:", "enforcement:", "keys:", "audit:", "administration:", "admin:", "approvals:")
# Of otherwise administrative rooms, what is a defence.
_SECURITY = {Tag.CLIENT_AUTH_REFUSE, Tag.REGISTRATION_REFUSE}
_ALARMS = (":reuse", ":lock", ":not_me", ":throttle", ":break_glass")


def class_of(tag: str) -> Class:
    """The class of a kind of event; what is not listed by name goes by its room, and a kind of another version is a matter of security."""
    if tag in _ACCESS:
        return Class.ACCESS
    if tag in _PRIVACY:
        return Class.PRIVACY
    if tag in _OPERATION:
        return Class.OPERATION
    if tag not in _SECURITY and tag.startswith(_ADMINISTRATIVE):
        return Class.ADMINISTRATION
    return Class.SECURITY


def tags_of(kind: Class) -> list[Tag]:
    """Every kind of event of a class."""
    return [tag for tag in Tag if class_of(tag) is kind]


def severity(tag: str) -> int:
    """The syslog severity of a kind of event (RFC 5424 section 6.2.1): 4 warning, 5 notice, 6 informational; 1 alert for a misuse."""
    if tag.endswith(_ALARMS):
        return 1
    if tag.endswith((":refuse", ":fail")):
        return 4
    return 6 if class_of(tag) in (Class.ACCESS, Class.OPERATION) else 5
