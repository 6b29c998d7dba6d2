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

_OBJECTS = _named(
    "fapi2-security-profile-final-ensure-",
    """request-object-with-multiple-aud-succeeds request-object-without-exp-fails request-object-without-nbf-fails
    expired-request-object-fails request-object-with-bad-aud-fails request-object-with-exp-over-60-fails
    request-object-with-nbf-over-60-fails request-object-with-nbf-8-seconds-in-the-future-is-accepted
    signed-request-object-with-RS256-fails request-object-signature-algorithm-is-not-none
    request-object-with-invalid-signature-fails matching-key-in-authorization-request unsigned-request-at-par-endpoint-fails
    different-nonce-inside-and-outside-request-object different-state-inside-and-outside-request-object
    request-object-without-redirect-uri-fails""",
) + _named(
    "fapi2-security-profile-final-",
    "par-authorization-request-containing-request_uri state-only-outside-request-object-not-used",
)
_DPOP = _named(
    "fapi2-security-profile-final-",
    """check-dpop-proof-nbf-exp ensure-dpopproof-with-iat-10seconds-before-succeeds ensure-dpopproof-with-iat-10seconds-after-succeeds
    ensure-mismatched-dpop-jkt-fails ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt
    ensure-token-endpoint-fails-with-mismatched-dpop-jkt ensure-dpopproof-at-par-endpoint-binding-success
    ensure-dpop-auth-code-binding-success ensure-holder-of-key-required dpop-negative-tests""",
)
_FAPI = _named(
    "fapi2-security-profile-final-",
    """discovery-end-point-verification happy-flow user-rejects-authentication ensure-authorization-request-without-state-success
    ensure-authorization-request-without-nonce-success ensure-authorization-request-with-64-char-nonce-success
    ensure-other-scope-order-succeeds test-claims-parameter-identity-claims access-token-type-header-case-sensitivity
    ensure-authorization-request-with-long-nonce ensure-authorization-request-with-long-state
    plain-fapi-tolerate-unregistered-redirect-uri ensure-unsigned-authorization-request-without-using-par-fails
    ensure-redirect-uri-in-authorization-request ensure-response-type-code-idtoken-fails ensure-response-type-token-fails
    ensure-client-id-in-token-endpoint ensure-authorization-code-is-bound-to-client
    attempt-reuse-authorization-code-after-one-second ensure-token-endpoint-fails-with-expired-auth-code
    ensure-signed-client-assertion-with-RS256-fails ensure-client-assertion-in-token-endpoint
    ensure-client-assertion-with-exp-is-5-minutes-in-past-fails ensure-client-assertion-with-wrong-aud-fails
    ensure-client-assertion-with-no-sub-fails refresh-token par-ensure-reused-request-uri-prior-to-auth-completion-succeeds
    par-attempt-reuse-request_uri par-attempt-to-use-expired-request_uri
    par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted
    par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails par-attempt-to-use-request_uri-for-different-client
    par-authorization-request-containing-request_uri-form-param par-attempt-invalid-http-method par-ensure-pkce-required
    ensure-pkce-code-verifier-required incorrect-pkce-code-verifier-rejected par-plain-pkce-rejected par-without-duplicate-parameters
    par-test-array-as-audience-fails par-test-par-endpoint-url-as-audience-fails par-test-token-endpoint-url-as-audience-fails""",
)
_PLAIN = (
    "plain_fapi, OpenID Connect; private_key_jwt with DPoP, and mutual TLS with certificate-bound tokens (but for the modules about client "
    "assertions and about DPoP, which the suite leaves out there); static and dynamic client"
)

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
    Plan("fapi2-security-profile-final", _FAPI + _DPOP, _PLAIN),
    Plan("fapi2-message-signing-final", _FAPI + _DPOP + _OBJECTS, f"{_PLAIN}; signed requests (JAR), answers as JWT (JARM)"),
)
