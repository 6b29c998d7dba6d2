"""The kernel: clock, randomness, sealing, errors, actors, URLs, scopes.

Owns the few tools every room needs. Never touches I/O (but the log), a framework, or a noun of the product.
"""
