"""The plans of the OpenID Foundation's conformance suite that fit this provider, and the modules each of them runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest


def module(*names: str) -> pytest.MarkDecorator:
    """Mark a test with the modules of the suite whose checks it makes."""
    return pytest.mark.module(*names)


@dataclass(frozen=True)
class Plan:
    """A plan. variants: in which each module runs; absent: modules that do not apply, and why."""

    name: str
    modules: tuple[str, ...]
    variants: str
    absent: Mapping[str, str] = field(default_factory=dict)


def _named(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}{name}".removesuffix("-") for name in names.split())


_BASIC = _named(
    "oidcc-",
    """server response-type-missing idtoken-signature idtoken-unsigned userinfo-get userinfo-post-header userinfo-post-body
    ensure-request-without-nonce-succeeds-for-code-flow scope-profile scope-email scope-address scope-phone scope-all
    alternate-happy-flow display-page display-popup prompt-login prompt-none-not-logged-in prompt-none-logged-in max-age-1
    max-age-10000 ensure-request-with-unknown-parameter-succeeds id-token-hint login-hint ui-locales claims-locales
    ensure-request-with-acr-values-succeeds codereuse codereuse-30seconds ensure-registered-redirect-uri
    ensure-post-request-succeeds server-client-secret-post
    request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
    unsigned-request-object-supported-correctly-or-rejected-as-unsupported claims-essential
    ensure-request-object-with-redirect-uri refresh-token ensure-request-with-valid-pkce-succeeds""",
)
_NO_NONE = {"oidcc-idtoken-unsigned": "ID tokens are always signed; the suite skips it where discovery does not name `none`"}
_BOTH = "static and dynamic client"

PLANS = (
    Plan("oidcc-basic", _BASIC, _BOTH, _NO_NONE),
    Plan("oidcc-formpost-basic", _BASIC, _BOTH, _NO_NONE),
    Plan("oidcc-config", ("oidcc-discovery-endpoint-verification",), "discovery"),
    Plan("oidcc-3rdparty-init-login", _named("oidcc-", "3rd_party-init-login 3rd_party-init-login-nohttps"), "dynamic client"),
    Plan(
        "oidcc-rp-initiated-logout",
        _named(
            "oidcc-rp-initiated-logout",
            """-discovery-endpoint-verification - -bad-post-logout-redirect-uri -modified-id-token-hint -no-id-token-hint -no-params
            -no-post-logout-redirect-uri -no-state -only-state -query-added-to-post-logout-redirect-uri -bad-id-token-hint""",
        ),
        _BOTH,
    ),
    Plan(
        "oidcc-backchannel-rp-initiated-logout",
        _named("oidcc-backchannel-", "logout-discovery-endpoint-verification rp-initiated-logout"),
        _BOTH,
    ),
    Plan(
        "oidcc-frontchannel-rp-initiated-logout",
        _named("oidcc-frontchannel-", "logout-discovery-endpoint-verification rp-initiated-logout"),
        _BOTH,
    ),
)
