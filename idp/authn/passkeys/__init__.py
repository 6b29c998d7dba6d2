"""Passkeys and security keys (WebAuthn Level 3): asked, checked, enrolled, stored.

Owns challenges, credentials and every check of what an authenticator answers; the library that reads CBOR and COSE is used in
`ceremony` alone. Never touches requests, cookies or sessions: who is asked, and what a proof is good for, others decide.
"""
