"""Clients that register themselves (RFC 7591, RFC 7592): initial access tokens, policies, registration access tokens.

Owns `registration_tokens` and `client_registrations`; the client itself is made and changed by the registry. Never speaks HTTP.
"""
