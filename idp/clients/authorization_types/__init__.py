"""Declared types of authorization details (RFC 9396): what an API lets an application ask for, field by field, in words.

Owns `authorization_types`, the rules for a declaration and for a value of it. Never issues anything, never makes a page.
"""
