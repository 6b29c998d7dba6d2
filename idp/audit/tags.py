"""Every kind of audit event, by a grammar: ``source:subject:action``."""

from enum import StrEnum


class Tag(StrEnum):
    """What happened. Names are stable: exports and alerts rely on them."""

    PERSON_CREATE = "directory:person:create"
    PERSON_CHANGE = "directory:person:change"
    PERSON_DISABLE = "directory:person:disable"
    PERSON_ENABLE = "directory:person:enable"
    IDENTIFIER_CHANGE = "directory:identifier:change"
    UNIT_CHANGE = "directory:unit:change"
    ASSIGNMENT_CHANGE = "directory:assignment:change"
    GOVERNMENTS_SEED = "directory:government:seed"
    BRAND_SET = "directory:brand:set"
    BRAND_RESET = "directory:brand:reset"
    ROLE_GRANT = "directory:role:grant"
    ROLE_REVOKE = "directory:role:revoke"
    CONTACT_CHANGE = "directory:contact:change"
    CORRECTION_ASK = "directory:correction:ask"
    CORRECTION_ANSWER = "directory:correction:answer"
    DATA_EXPORT = "directory:person:export"

    PASSWORD_SET = "authn:password:set"  # noqa: S105 - a name, not a secret
    PASSWORD_CHANGE = "authn:password:change"  # noqa: S105
    PASSWORD_REHASH = "authn:password:rehash"  # noqa: S105
    LINK_SEND = "authn:link:send"
    PASSWORD_LOCK = "authn:password:lock"  # noqa: S105
    NOT_ME = "authn:session:not_me"
    LINK_USE = "authn:link:use"
    SIGN_IN_REFUSE = "authn:sign_in:refuse"
    SIGN_IN_THROTTLE = "authn:sign_in:throttle"
    PASSWORD_PASS = "authn:sign_in:password"  # noqa: S105
    FACTOR_PASS = "authn:sign_in:factor"  # noqa: S105
    FACTOR_REFUSE = "authn:factor:refuse"
    FACTOR_ENROL = "authn:factor:enrol"
    FACTOR_REMOVE = "authn:factor:remove"
    PASSKEY_PASS = "authn:sign_in:passkey"  # noqa: S105
    PASSKEY_RENAME = "authn:passkey:rename"
    RECOVERY_CODES_CREATE = "authn:recovery_codes:create"
    RECOVERY_CODE_USE = "authn:recovery_codes:use"
    AGENCY_CODE_ISSUE = "authn:agency_code:issue"
    AGENCY_CODE_USE = "authn:agency_code:use"
    REMEMBERED_ADD = "authn:remembered_device:add"
    REMEMBERED_USE = "authn:remembered_device:use"
    REMEMBERED_REFUSE = "authn:remembered_device:refuse"
    REMEMBERED_FORGET = "authn:remembered_device:forget"
    SESSION_START = "authn:session:start"
    SESSION_STEP_UP = "authn:session:step_up"
    SESSION_END = "authn:session:end"

    POLICY_CHANGE = "enforcement:policy:change"
    EXCEPTION_ASK = "enforcement:exception:ask"
    EXCEPTION_APPROVE = "enforcement:exception:approve"
    EXCEPTION_END = "enforcement:exception:end"
    GRACE_USE = "enforcement:grace:use"
    CAMPAIGN_CHANGE = "enforcement:campaign:change"
    CAMPAIGN_WAVE = "enforcement:campaign:wave"
    CAMPAIGN_EXPORT = "enforcement:campaign:export"

    CLIENT_CREATE = "clients:client:create"
    CLIENT_CHANGE = "clients:client:change"
    CLIENT_DISABLE = "clients:client:disable"
    CLIENT_ENABLE = "clients:client:enable"
    CLIENT_SECRET_ROTATE = "clients:secret:rotate"  # noqa: S105
    AUTHORIZATION_TYPE_CHANGE = "clients:authorization_type:change"
    EXCHANGE_CHANGE = "clients:exchange:change"
    REGISTRATION_TOKEN_CREATE = "clients:registration_token:create"  # noqa: S105
    REGISTRATION_TOKEN_REVOKE = "clients:registration_token:revoke"  # noqa: S105
    REGISTRATION_REFUSE = "clients:registration:refuse"
    REGISTRATION_CHANGE = "clients:registration:change"
    REGISTRATION_REMOVE = "clients:registration:remove"
    CLIENT_AUTH_REFUSE = "clients:authentication:refuse"

    REQUEST_BEGIN = "interaction:request:begin"
    REQUEST_REFUSE = "interaction:request:refuse"
    DATA_SHARED_ALLOW = "interaction:consent:allow"
    DATA_SHARED_DENY = "interaction:consent:deny"
    DATA_SHARED_WITHDRAW = "interaction:consent:withdraw"

    ANNOUNCEMENT_CHANGE = "portal:announcement:change"
    PORTAL_LINK_CHANGE = "portal:link:change"
    CARD_CHANGE = "portal:card:change"
    FAVOURITE_CHANGE = "portal:favourite:change"

    CODE_ISSUE = "tokens:code:issue"
    CODE_REDEEM = "tokens:code:redeem"
    CODE_REFUSE = "tokens:code:refuse"
    CODE_REUSE = "tokens:code:reuse"
    TOKEN_REFRESH = "tokens:refresh_token:use"  # noqa: S105
    TOKEN_REUSE = "tokens:refresh_token:reuse"  # noqa: S105
    TOKEN_RETRY = "tokens:refresh_token:retry"  # noqa: S105
    TOKEN_REFUSE = "tokens:refresh_token:refuse"  # noqa: S105
    TOKEN_CLIENT = "tokens:client_credentials:issue"  # noqa: S105
    DEVICE_ALLOW = "tokens:device:allow"
    DEVICE_DENY = "tokens:device:deny"
    DEVICE_REFUSE = "tokens:device:refuse"
    TOKEN_DENY = "tokens:request:refuse"  # noqa: S105
    TOKEN_EXCHANGE = "tokens:exchange:issue"  # noqa: S105
    GRANT_REVOKE = "tokens:grant:revoke"

    LOGOUT_DELIVER = "protocol:logout:deliver"
    LOGOUT_FAIL = "protocol:logout:fail"

    ADMIN_REFUSE = "administration:request:refuse"
    HELP_GIVE = "administration:help:give"
    BREAK_GLASS = "administration:owner:break_glass"
    APPROVAL_ASK = "approvals:request:ask"
    APPROVAL_DECIDE = "approvals:request:decide"
    APPROVAL_USE = "approvals:request:use"
    ACCOUNT_UNLOCK = "authn:account:unlock"

    KEYS_ROTATE = "keys:signing_key:rotate"
    KEYS_CREATE = "keys:signing_key:create"
    KEYS_RESEAL = "keys:signing_key:reseal"
    AUDIT_KEY_CREATE = "keys:audit_key:create"
    AUDIT_KEY_ROTATE = "keys:audit_key:rotate"
    MAIL_FAIL = "mail:letter:fail"
    PRUNE = "jobs:housekeeping:prune"

    AUDIT_READ = "audit:record:read"
    AUDIT_EXPORT = "audit:record:export"
    AUDIT_VERIFY = "audit:record:verify"
    AUDIT_PRUNE = "audit:record:prune"
    AUDIT_CHECKPOINT = "audit:checkpoint:sign"
    AUDIT_COLLECTOR_FAIL = "audit:collector:fail"
    REPORT_READ = "audit:report:read"
