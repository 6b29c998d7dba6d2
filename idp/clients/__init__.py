"""The registered applications: their metadata, secrets, and who may use them.

Owns the client tables, the rules for what may be registered, the snapshot that every request reads, and the guarded
fetching of addresses that clients give. Never authenticates a client (that is protocol) and never issues anything.
"""
