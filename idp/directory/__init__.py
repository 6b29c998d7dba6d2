"""Who people are and where they belong: numbers, governments, units, assignments, roles, claims.

Owns the person and everything HR knows of them. Never touches a password, a session, a token or an application.
"""
