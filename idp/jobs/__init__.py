"""The worker: does what was promised in the outbox, and keeps the house clean.

Owns when and in which batches. Never in a request; a crash at any point loses nothing and repeats little.
"""
