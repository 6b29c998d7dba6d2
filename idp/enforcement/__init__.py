"""Which second factor is demanded of whom, from when.

Owns the rules of security administrators and the dry run before one starts. The decision itself is pure and stands in
policy.second_factor; this room never signs anybody in and never looks at a secret.
"""
