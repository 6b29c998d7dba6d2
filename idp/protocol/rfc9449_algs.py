"""The algorithms that a DPoP proof may be signed with; apart, so that every challenge can name them (RFC 9449 section 7.1)."""

ALGS = ("ES256", "PS256", "EdDSA", "Ed25519")
