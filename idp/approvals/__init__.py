"""What needs two people: asked by one, confirmed by another, carried out once by the one who asked.

Owns the request and its state. Never knows what the deed is, nor who may confirm it: the caller asks `policy.permissions` first.
"""
