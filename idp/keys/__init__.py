"""Signing keys: made, kept encrypted, published, rotated; signing and verifying of our own tokens.

Owns the table of signing keys, the key ring of a process, and the rules for the public keys of others.
Never knows what a token means: claims, lifetimes and audiences are the caller's.
"""
