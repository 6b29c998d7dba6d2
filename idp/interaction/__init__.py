"""The dance between an accepted authorization request and its answer.

Owns the request row, the decision what comes next, the record of data shared, and leaving.
Never speaks HTTP, never checks a password, never signs anything.
"""
