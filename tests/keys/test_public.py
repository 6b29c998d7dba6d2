"""The rules for the public keys of clients."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from idp.keys.public import public_jwks_problem
from tests.spec import spec

RSA = RSAKey.generate_key(2048).as_dict(private=False)
EC = ECKey.generate_key("P-256").as_dict(private=False)


@pytest.mark.parametrize(
    "keys",
    [[RSA], [EC], [OKPKey.generate_key("Ed25519").as_dict(private=False)], [RSA | {"kid": "a"}, EC | {"kid": "b"}]],
)
def test_public_keys_are_taken(keys: list[dict[str, Any]]) -> None:
    assert public_jwks_problem({"keys": keys}) is None


@spec("RFC 7517", "9.2")
@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([RSAKey.generate_key(2048).as_dict(private=True)], "private"),
        ([ECKey.generate_key("P-256").as_dict(private=True)], "private"),
        ([OctKey.generate_key(256).as_dict()], "private"),
        ([{"kty": "oct"}], "not an RSA"),
        ([ECKey.generate_key("secp256k1").as_dict(private=False)], "curve"),
        ([OKPKey.generate_key("X25519").as_dict(private=False)], "curve"),
        ([{"kty": "RSA", "n": "AQAB", "e": "AQAB"}], "key 1"),
        ([{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}], "cannot be read"),
        ([RSA, EC], "kid"),
        ([RSA | {"kid": "a"}, EC | {"kid": "a"}], "kid"),
        ([RSA | {"kid": 7}], "kid"),
        ([RSA | {"kid": str(number)} for number in range(21)], "more than"),
        (["text"], "not an object"),
        ([], "at least one"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_other_keys_are_refused_with_a_reason(keys: list[Any], why: str) -> None:
    assert why in (public_jwks_problem({"keys": keys}) or "")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["keys", "kty", "crv", "x", "y", "n", "e", "kid"]), inner),
    max_leaves=12,
)


@given(_JSON)
def test_no_document_makes_the_check_stumble(document: object) -> None:
    assert public_jwks_problem(document) is None or isinstance(public_jwks_problem(document), str)


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "use", "key_ops", "alg"]),
        st.sampled_from(["RSA", "EC", "OKP", "P-256", "Ed25519", "AQAB", "", "a", 1, None, ["sign"]]),
    )
)
@pytest.mark.filterwarnings("ignore")
def test_no_key_makes_the_check_stumble(jwk: dict[str, object]) -> None:
    public_jwks_problem({"keys": [jwk]})
