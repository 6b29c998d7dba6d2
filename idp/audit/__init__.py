"""The record of what happened: append-only, written in the transaction of the change it describes.

Owns audit events and their seals. Never decides, never changes anything else, never holds a secret.
"""
