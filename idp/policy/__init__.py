"""Pure decisions over frozen facts: read by reviewers first.

Owns who may do what, which factors are demanded, what a password must be, how long guessing waits.
Never touches a database, a clock or the network: everything it looks at is handed in.
"""
