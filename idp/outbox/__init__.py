"""Work promised in a transaction and done after it.

Owns the promises and when they are next due. Never knows what a letter says or how a relying party is told.
"""
