"""The proof of the record: what is sealed, signed and checked, in the database and on a file that left it.

Owns the hash chains, their seals, the signed checkpoints and the signed statements about what was deleted on time.
Never signs by itself: a signer is handed in (`signing.py`), so this room knows no key.
"""
