"""The provider of the protocol's tests, for the tokens room."""

from tests.protocol.conftest import _few_rsa_keys, house, signed_in

__all__ = ["_few_rsa_keys", "house", "signed_in"]
